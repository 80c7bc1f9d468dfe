// A small app that breaks in its own code when one pays: built, minified and
// served by source_maps.spec.ts.
import { type Cart, checkout } from './cart.ts';

const cart: Cart = { items: [{ name: 'pear', cents: 120 }], coupon: 'EXPIRED' };

function onPay(): void {
  document.title = `Paid ${checkout(cart)}`;
}

document.querySelector('button')?.addEventListener('click', onPay);
