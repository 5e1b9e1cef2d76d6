/** The kinds of origin that stand for trained models, wholly or in parts. Source: IPTC NewsCodes, Digital Source Type. */
const byTrainedModels =
  /^https?:\/\/cv\.iptc\.org\/newscodes\/digitalsourcetype\/(?:trainedAlgorithmicMedia|compositeWithTrainedAlgorithmicMedia)\/?$/u;

/** Whether this URI, in an XMP packet or a manifest, says that trained models made the picture or parts of it. */
export const isByTrainedModels = (digitalSourceType: string): boolean => byTrainedModels.test(digitalSourceType);
