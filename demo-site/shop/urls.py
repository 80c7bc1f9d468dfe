"""Each page provokes one thing a team meets; see README.md for the list."""

from django.urls import include, path, re_path

from shop import views

handler500 = views.server_error
urlpatterns = [
    path("", views.home, name="home"),
    path("product/<int:product_id>/", views.product, name="product"),
    path("search/", views.search, name="search"),
    path("cart/", views.cart, name="cart"),
    path("checkout/", views.checkout, name="checkout"),
    path("broken/script/", views.broken, {"kind": "script"}, name="broken-script"),
    path("broken/promise/", views.broken, {"kind": "promise"}, name="broken-promise"),
    path("broken/api/", views.broken, {"kind": "api"}, name="broken-api"),
    path("broken/server/", views.broken_server, name="broken-server"),
    path("strict/", views.strict, name="strict"),
    re_path(r"^app/(?P<route>.*)$", views.single_page_app, name="app"),
    path("api/buy", views.api_buy, name="api-buy"),
    path("api/products", views.api_products, name="api-products"),
    path("api/recommendations", views.api_recommendations, name="api-recommendations"),
    path("image/<int:seed>.png", views.image, name="image"),
    path("", include("django_prometheus.urls")),
]
