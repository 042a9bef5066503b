/** The line below the map: how fine it is, where the pointer is, and whether tiles failed. */
export function showState() {
  const line = document.getElementById("state");
  let shown = { scale: "", at: "" };
  let failures = 0;
  const write = () => {
    const parts = [shown.scale, shown.at];
    if (failures > 0) parts.push(`${failures} tiles could not be loaded`);
    if (line) line.textContent = parts.filter(Boolean).join(" · ");
  };
  return {
    tell(news) {
      shown = { ...shown, ...news };
      write();
    },
    failed() {
      failures++;
      write();
    },
  };
}
