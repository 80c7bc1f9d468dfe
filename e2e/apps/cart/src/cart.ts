export interface Item {
  name: string;
  cents: number;
}

export interface Cart {
  items: Item[];
  coupon?: string;
}

const discounts: Record<string, number> = { SPRING: 10, SUMMER: 20 };

/** Throws for a coupon that is not known: what the test waits for. */
function discountOf(coupon: string): number {
  const percent = discounts[coupon];
  if (percent === undefined) {
    throw new RangeError(`no discount for coupon ${coupon}`);
  }
  console.info(`discount of ${percent} % for ${coupon}`);
  return percent;
}

export function checkout(cart: Cart): number {
  const cents = cart.items.reduce((sum, item) => sum + item.cents, 0);
  console.info(`checking out ${cart.items.length} items for ${cents}`);
  return cart.coupon ? (cents * (100 - discountOf(cart.coupon))) / 100 : cents;
}
