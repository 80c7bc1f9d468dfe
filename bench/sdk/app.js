// The page that is measured: some work at load, resources, a layout shift, and
// handlers that the runner triggers.
const work = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};
const list = document.getElementById('list');
for (let i = 0; i < 24; i++) {
  const item = document.createElement('li');
  item.innerHTML = `<img src="/img/p${i}.svg" width="40" height="40" alt=""> Product ${i}`;
  list.append(item);
}
setTimeout(() => {
  const banner = document.createElement('div');
  banner.textContent = 'Sale';
  banner.style.height = '80px';
  document.body.prepend(banner);
}, 200);
document.getElementById('buy').onclick = async () => {
  work(20);
  for (let i = 0; i < 6; i++) await fetch(`/api/item?i=${i}`).then((answer) => answer.json());
};
document.getElementById('route').onclick = () => {
  history.pushState({}, '', '/cart');
  work(10);
};
document.getElementById('search').oninput = () => work(5);
globalThis.fail = () => {
  setTimeout(() => {
    throw new TypeError('the basket is undefined');
  });
  Promise.reject(new Error('payment refused'));
  try {
    JSON.parse('{');
  } catch (error) {
    globalThis.bench?.capture(error);
  }
};
