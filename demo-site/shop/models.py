"""Products, and orders made of them."""

from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=80)
    description = models.TextField()
    price_cents = models.PositiveIntegerField()
    stock = models.PositiveIntegerField(default=100)

    @property
    def price(self) -> str:
        return f"{self.price_cents / 100:.2f} €"


class Review(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
    stars = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)


class Order(models.Model):
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
