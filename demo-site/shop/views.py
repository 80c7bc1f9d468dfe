"""The shop's pages. The flaws are on purpose, one a page."""

import json
import time

import structlog
from django.db import connection, transaction
from django.db.models import Avg, F
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from shop.images import product_png
from shop.models import Order, Product

log = structlog.get_logger("shop")


@require_GET
def home(request):
    """A healthy page to compare with."""
    return render(request, "shop/home.html", {"products": Product.objects.all()[:12]})


@require_GET
def product(request, product_id: int):
    """Slow hero image: found late (a script sets it) and served late."""
    item = get_object_or_404(Product, id=product_id)
    stars = item.reviews.aggregate(mean=Avg("stars"))["mean"]
    return render(request, "shop/product.html", {"product": item, "stars": stars})


@require_GET
def search(request):
    """Slow SQL: a cross join that no index can help."""
    text = request.GET.get("q", "a")[:50]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.name, p.price_cents, COUNT(r.id) + COUNT(o.id) AS heat "
            "FROM shop_product p, shop_review r "
            "LEFT JOIN shop_review o ON o.stars = r.stars AND o.id %% 97 = r.id %% 89 "
            "WHERE p.name LIKE %s AND r.product_id %% 8 = p.id %% 8 AND r.id < 1500 "
            "GROUP BY p.id ORDER BY heat DESC LIMIT 12",
            [f"%{text}%"],
        )
        found = [
            {"id": row[0], "name": row[1], "price": f"{row[2] / 100:.2f} €"}
            for row in cursor.fetchall()
        ]
    log.info("searched", length=len(text), found=len(found))
    return render(request, "shop/search.html", {"text": text, "products": found})


@require_GET
def cart(request):
    """Layout shift: a banner without reserved space pushes everything down."""
    return render(request, "shop/cart.html", {"products": Product.objects.all()[:4]})


@require_GET
def checkout(request):
    """Slow click handler: the buy button computes on the main thread before it sends."""
    return render(request, "shop/checkout.html", {"product": Product.objects.first()})


@require_POST
def api_buy(request):
    """What one click on "buy" reaches: an INSERT, an UPDATE and a log line."""
    try:
        order = json.loads(request.body)
        product_id, quantity = int(order["product_id"]), int(order.get("quantity", 1))
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "want {product_id, quantity}"}, status=400)
    with transaction.atomic():
        item = get_object_or_404(Product, id=product_id)
        placed = Order.objects.create(product=item, quantity=quantity)
        Product.objects.filter(id=item.id, stock__gt=10).update(stock=F("stock") - quantity)
    log.info("order_placed", order_id=placed.id, product_id=item.id, quantity=quantity)
    return JsonResponse({"order_id": placed.id})


@require_GET
def api_products(_request):
    """For the single-page app."""
    return JsonResponse(
        {"products": list(Product.objects.values("id", "name", "price_cents")[:12])}
    )


@require_GET
def api_recommendations(_request):
    """Failing API: the service behind it is said to be down."""
    log.error("recommendations_unavailable", upstream="recommender", status=502)
    return JsonResponse({"error": "the recommender does not answer"}, status=502)


@require_GET
def broken(request, kind: str):
    """A script error, a rejected promise or a failing API, seen in the browser only."""
    return render(request, f"shop/broken_{kind}.html")


@require_GET
def broken_server(_request):
    """Server 500."""
    return HttpResponse(1 / 0)


def server_error(request):
    """The error page of the shop: it carries the SDK like every other page."""
    return render(request, "shop/500.html", status=500)


@require_GET
def strict(request):
    """A strict CSP without 'wasm-unsafe-eval': the SDK must do without WebAssembly."""
    response = render(request, "shop/strict.html", {"products": Product.objects.all()[:6]})
    host = request.build_absolute_uri("/").rstrip("/")
    pagewake = _pagewake_origin()
    response["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {pagewake}; style-src 'self'; img-src 'self'; "
        f"connect-src {host} {pagewake}; base-uri 'none'; form-action 'self'"
    )
    return response


def _pagewake_origin() -> str:
    from shop.context import pagewake

    return pagewake(None)["pagewake_host"]


@require_GET
def single_page_app(request, route: str):
    """One document, several routes by pushState."""
    return render(request, "shop/app.html", {"route": route})


@require_GET
def image(request, seed: int):
    """A picture; ?delay_ms= holds it back as a slow image server would."""
    try:
        delay_ms = min(max(int(request.GET.get("delay_ms", "0")), 0), 3000)
        width = min(max(int(request.GET.get("width", "240")), 16), 1200)
    except ValueError:
        return HttpResponse("delay_ms and width are numbers", status=400, content_type="text/plain")
    time.sleep(delay_ms / 1000)
    response = HttpResponse(product_png(seed, width, width * 2 // 3), content_type="image/png")
    response["Cache-Control"] = "no-store" if delay_ms else "public, max-age=3600"
    return response
