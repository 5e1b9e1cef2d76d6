import type { Content, ImageStore, PictureStudio } from '#core/ports.ts';
import { copyNote } from '#core/render-caption.ts';
import type { Language } from '#core/types.ts';

export type Picture = Content & { readonly kind: 'image' };

/**
 * The message with a copy of its picture that has at most `limitBytes`; `undefined` where none is small enough. The
 * copy is stored under its hash: sent again, it is the same file.
 */
export async function fitPicture(
  { images, studio }: { readonly images: ImageStore; readonly studio: Pick<PictureStudio, 'smallerCopy'> },
  picture: Picture,
  limitBytes: number,
  language: Language,
): Promise<Picture | undefined> {
  const { image, fileName, caption } = picture;
  if (image.bytes <= limitBytes && image.thumbnail.bytes <= limitBytes) return undefined;
  const copy = await studio.smallerCopy(await images.read(image.key), limitBytes, image.marks);
  if (copy === undefined) return undefined;
  const { widthPx, heightPx, marks } = copy;
  const file = { key: await images.put(copy.jpeg, 'jpg'), widthPx, heightPx, bytes: copy.jpeg.byteLength, mimeType: 'image/jpeg' } as const;
  return {
    ...picture,
    image: { ...image, ...file, marks, thumbnail: image.thumbnail.bytes <= limitBytes ? image.thumbnail : file },
    fileName: fileName.replace(/\.[a-z]+$/, '.jpg'),
    // Of a copy of a copy, it has been said.
    caption: image.mimeType === 'image/jpeg' ? caption : copyNote(caption, language),
  };
}
