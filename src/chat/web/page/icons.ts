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
  attach: 'M14.6 8.2 9 13.8a2.1 2.1 0 0 1-3-3l6.2-6.2a3.4 3.4 0 0 1 4.8 4.8l-6.4 6.4a4.8 4.8 0 0 1-6.8-6.8l5.4-5.4',
  file: 'M5.2 3h6.3l3.3 3.3V17H5.2ZM11.3 3.2v3.3h3.3M7.8 10.2h4.4M7.8 13.2h4.4',
  picture: 'M3.5 4.5h13v11h-13ZM3.8 13.2l3.6-3.6 3 3 2.2-2.2 3.6 3.6M12.6 7.6v.1',
  upscale: 'M11.6 3.8h4.6v4.6M16 4l-5 5M8.4 16.2H3.8v-4.6M4 16l5-5',
  vary: 'M7.4 3.6 8.7 7 12 8.3 8.7 9.6 7.4 13 6.1 9.6 2.8 8.3 6.1 7ZM14.4 11.2l.8 2 2 .8-2 .8-.8 2-.8-2-2-.8 2-.8Z',
  star: 'M10 3.2 12.1 7.5 16.8 8.2 13.4 11.5 14.2 16.2 10 14 5.8 16.2 6.6 11.5 3.2 8.2 7.9 7.5Z',
  yes: 'M4.2 10.6 8.2 14.6 16 5.8',
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
