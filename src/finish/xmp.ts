/**
 * The mark of origin inside every file: the IPTC digital source type in an XMP packet. It names no person, no prompt
 * and no date, so equal pixels give equal files.
 * Source: IPTC Photo Metadata Standard, «Digital Source Type»; XMP specification part 1, packet wrapper.
 */

export const trainedAlgorithmicMedia = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';

export const xmpPacket = [
  '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>',
  '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
  '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
  '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">',
  `<Iptc4xmpExt:DigitalSourceType>${trainedAlgorithmicMedia}</Iptc4xmpExt:DigitalSourceType>`,
  '<xmp:CreatorTool>Blitzbild</xmp:CreatorTool>',
  '</rdf:Description>',
  '</rdf:RDF>',
  '</x:xmpmeta>',
  '<?xpacket end="r"?>',
].join('\n');

/** Longer packets are not read: ours has less than a kilobyte. */
export const mostXmpBytes = 1 << 20;

/** The digital source type that an XMP packet states, as element or as attribute; `undefined` if it states none. */
export const digitalSourceType = (xmp: string): string | undefined =>
  (/<Iptc4xmpExt:DigitalSourceType>\s*([^<\s]+)\s*<\//.exec(xmp) ??
    /\bIptc4xmpExt:DigitalSourceType\s*=\s*["']([^"']+)["']/.exec(xmp))?.[1];
