// Every visible text of the page that stands out from its background by less than WCAG AA asks (4.5:1), as
// "ratio text". Colours are composed from the element's own and those behind it, opacity included.
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, bottom) => bottom.map((value, i) => top[i] * top[3] + value * (1 - top[3]));
  const luminance = (colour) => {
    const [red, green, blue] = colour
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const app = document.querySelector("[data-testid=stApp]");
  const page = over(rgba(getComputedStyle(app).backgroundColor), [255, 255, 255]);
  const weak = [];
  let examined = 0;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    const element = texts.currentNode.parentElement;
    const visible = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!text || !visible || element.closest("style, script, noscript, [disabled]")) continue;
    // A slider's value stands above the thumb it belongs to: only what lies under the text is behind it.
    const box = element.getBoundingClientRect();
    if (box.bottom <= 0 || box.right <= 0) continue; // waits outside the window for the keyboard's focus
    const under = (other) => other.left <= box.left + box.width / 2 && box.left + box.width / 2 <= other.right
      && other.top <= box.top + box.height / 2 && box.top + box.height / 2 <= other.bottom;
    const chain = [];
    const behindIt = [];
    for (let parent = element; parent; parent = parent.parentElement) {
      chain.push(getComputedStyle(parent));
      if (under(parent.getBoundingClientRect())) behindIt.push(getComputedStyle(parent));
    }
    const opacity = chain.reduce((product, style) => product * Number(style.opacity), 1);
    const behind = behindIt.reduceRight((below, style) => over(rgba(style.backgroundColor), below), page);
    const colour = rgba(chain[0].color);
    colour[3] *= opacity;
    const [low, high] = [luminance(over(colour, behind)), luminance(behind)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    examined += 1;
    if (ratio < 4.5) weak.push(`${ratio.toFixed(2)} ${text.slice(0, 60)}`);
  }
  return { examined, weak };
}
