function recommendationsFor(customer) {
  return customer.history.map((order) => order.name);
}

document.getElementById('go').addEventListener('click', () => {
  document.getElementById('answer').textContent = recommendationsFor({}).join(', ');
});
