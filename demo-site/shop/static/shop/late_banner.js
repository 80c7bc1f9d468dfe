// No space is reserved for the banner, so everything below it jumps.
setTimeout(() => {
  const banner = document.createElement('div');
  banner.className = 'banner';
  banner.textContent = 'Free delivery this week';
  document.getElementById('banner-place').append(banner);
}, 700);
