// The largest picture is set by script after a wait: discovered late, as with
// a client-rendered carousel.
setTimeout(() => {
  const place = document.getElementById('hero');
  const image = new Image();
  image.src = place.dataset.src;
  image.alt = '';
  place.append(image);
}, 400);
