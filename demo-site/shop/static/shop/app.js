// A small router: one document, a view for each pushState route.
const view = document.getElementById('view');

async function show(path) {
  const name = path.replace(/^\/app\/?/, '') || 'list';
  view.replaceChildren(Object.assign(document.createElement('h1'), { textContent: name }));
  const response = await fetch('/api/products');
  const { products } = await response.json();
  const list = document.createElement('ul');
  list.className = 'lines';
  for (const product of products) {
    const line = document.createElement('li');
    line.textContent = `${product.name} – ${(product.price_cents / 100).toFixed(2)} €`;
    list.append(line);
  }
  view.append(list);
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-route]');
  if (!link) return;
  event.preventDefault();
  history.pushState({}, '', link.href);
  show(location.pathname);
});
addEventListener('popstate', () => show(location.pathname));
show(location.pathname);
