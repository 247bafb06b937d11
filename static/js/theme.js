// Runs before the page is drawn, so that nothing flashes or jumps: a remembered choice of colours, and the controls
// that need scripts. A plain script, no module.
document.documentElement.dataset.scripts = "";
try {
  const theme = localStorage.getItem("runicorn.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's colours stay.
}
