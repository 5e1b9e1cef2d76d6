/** The package's own module, served beside the page's files as `blurhash.js`. */
export { decode, isBlurhashValid } from 'blurhash';
