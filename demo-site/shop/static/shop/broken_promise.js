async function loadRecommendations() {
  throw new Error('recommendations are not ready', { cause: new RangeError('page 0 of 0') });
}

document.getElementById('go').addEventListener('click', () => {
  loadRecommendations();
});
