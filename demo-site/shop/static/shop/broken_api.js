document.getElementById('go').addEventListener('click', async () => {
  const response = await fetch('/api/recommendations');
  if (!response.ok) throw new Error(`recommendations answered ${response.status}`);
});
