"""Fills an empty database; the same data every time."""

import random

from django.db import transaction

from shop.models import Product, Review

KINDS = ["Kettle", "Lamp", "Chair", "Teapot", "Clock", "Radio", "Mirror", "Basket"]
STYLES = ["Oak", "Brass", "Linen", "Copper", "Slate", "Walnut"]


def fill_if_empty() -> None:
    if Product.objects.exists():
        return
    dice = random.Random(20261121)
    with transaction.atomic():
        products = Product.objects.bulk_create(
            Product(
                name=f"{style} {kind}",
                description=f"A {style.lower()} {kind.lower()}, made for every day.",
                price_cents=dice.randrange(1500, 24000, 50),
            )
            for style in STYLES
            for kind in KINDS
        )
        Review.objects.bulk_create(
            Review(
                product=dice.choice(products),
                stars=dice.randint(1, 5),
                text=dice.choice(
                    [
                        "Sturdy.",
                        "Smaller than I thought.",
                        "Would buy again.",
                        "The handle is loose.",
                    ]
                ),
            )
            for _ in range(6000)
        )
