/** Line icons on a 20 × 20 grid. */

const paths = {
  again: 'M15.8 8.2A6.2 6.2 0 0 0 4.4 7M4.2 11.8A6.2 6.2 0 0 0 15.6 13M4 3.6V7.2h3.6M16 16.4v-3.6h-3.6',
  cancel: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  info: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 9.2v4.2M10 6.6v.1',
  reply: 'M8 5 3.8 9.2 8 13.4M4.2 9.2h7.3a4.7 4.7 0 0 1 4.7 4.7v1.3',
  download: 'M10 3.5v9M6.2 9.2 10 13l3.8-3.8M4 16.5h12',
  previous: 'M12.2 4.5 6.7 10l5.5 5.5',
  next: 'M7.8 4.5l5.5 5.5-5.5 5.5',
  remove: 'M4 5.8h12M8 5.5V4h4v1.5M5.6 5.8l.7 10.2h7.4l.7-10.2',
  down: 'M10 4v11.5M5 11l5 5 5-5',
  send: 'M10 16V4.2M5 9l5-5 5 5',
  warning: 'M10 3.4 17.6 16.4H2.4ZM10 8.4v3.6M10 14.2v.1',
} as const;

export type IconName = keyof typeof paths;

const svgNamespace = 'http://www.w3.org/2000/svg';

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(svgNamespace, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}
