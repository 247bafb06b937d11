// Runs before the page is drawn, so that a remembered choice of colours never flashes. A plain script, no module.
try {
  const theme = localStorage.getItem("runicorn.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's colours stay.
}
