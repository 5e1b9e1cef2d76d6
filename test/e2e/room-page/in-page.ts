/** Questions that only the browser can answer. Text, because this program is checked without the browser's types. */

export const naturalWidthsOfTiles = `[...document.querySelectorAll('.tile img')].map((image) => image.naturalWidth)`;

/** What sticks out on the right, closed dialogs apart. */
export const tooWideElements = `[...document.querySelectorAll('body, body *:not(dialog, dialog *, .visually-hidden, .table-place *)')]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.tagName + '.' + element.className)`;

export const viewerFits = `(() => {
  const { scrollWidth, scrollHeight } = document.querySelector('#lightbox');
  return scrollWidth <= innerWidth && scrollHeight <= innerHeight + 1;
})()`;

/** Visible controls and pictures that a screen reader could not name. */
export const namelessElements = `[...document.querySelectorAll('button, a, input, textarea, img, [role]')]
  .filter((element) => element.checkVisibility() && element.getAttribute('alt') !== '')
  .filter((element) => !['status', 'separator', 'alert'].includes(element.role))
  .filter((element) => {
    const labels = [...(element.labels ?? [])].map((label) => label.textContent);
    const names = [element.ariaLabel, element.getAttribute('alt'), element.title, element.textContent, ...labels];
    return names.every((name) => (name ?? '').trim() === '');
  })
  .map((element) => element.outerHTML)`;

export const focusOutlineStyle = 'getComputedStyle(document.activeElement).outlineStyle';

/** Position of the focused tile; -1 for none. */
export const focusedTile = `[...document.querySelectorAll('.tile')].indexOf(document.activeElement)`;

/** Gives the page files as the clipboard or a drag would; `how` is `paste` or `drop`. */
export const giveFile = (how: 'paste' | 'drop', name: string, type: string, base64: string): string => `(() => {
  const bytes = Uint8Array.from(atob('${base64}'), (sign) => sign.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], '${name}', { type: '${type}' }));
  const options = { bubbles: true, cancelable: true };
  const input = document.querySelector('#input');
  if ('${how}' === 'paste') return input.dispatchEvent(new ClipboardEvent('paste', { ...options, clipboardData: carried }));
  input.dispatchEvent(new DragEvent('dragenter', { ...options, dataTransfer: carried }));
  const isShown = getComputedStyle(document.querySelector('#drop')).display !== 'none';
  return !input.dispatchEvent(new DragEvent('drop', { ...options, dataTransfer: carried })) && isShown;
})()`;

/** Of the preview of a chosen picture, at its middle: red, green, blue, opacity. */
export const previewColour = `(() => {
  const canvas = document.querySelector('#attachment canvas');
  return [...canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data];
})()`;
