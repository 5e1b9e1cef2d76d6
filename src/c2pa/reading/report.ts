/** From what the reader says to what people are told. Codes: C2PA technical specification 2.2, 15.2. */
import { isByTrainedModels } from '#core/digital-source-type.ts';
import type { ManifestReport } from '#core/marks-port.ts';
import type { Manifest, ManifestStore } from '#src/c2pa/reading/protocol.ts';

/** They say who signed and when, not that something was changed. */
const aboutTheSigner = ['signingCredential.untrusted', 'signingCredential.expired', 'claimSignature.outsideValidity'];
const expired = ['signingCredential.expired', 'claimSignature.outsideValidity'];
const signatureIsRight = 'claimSignature.validated';
const fileIsTheSame = /^assertion\.(?:data|boxes|bmff|collection|multiAsset)Hash\.match$/u;
/** Names are anybody's words. */
const MOST_LETTERS = 200;

/** @param isTrusted whether the signer counts as one of the others that are known */
export function reportOf(store: ManifestStore, isTrusted: boolean): ManifestReport {
  const { activeManifest, ingredientDeltas = [] } = store.validation_results ?? {};
  const successes = codes(activeManifest?.success);
  const failures = [activeManifest, ...ingredientDeltas.map(({ validationDeltas }) => validationDeltas)].flatMap((each) =>
    codes(each?.failure),
  );
  const manifest = store.manifests?.[store.active_manifest ?? ''];
  const signer = words(manifest?.signature_info?.issuer ?? manifest?.signature_info?.common_name);
  const named = signer === undefined ? {} : { signer };
  const wrong = failures.find((code) => !aboutTheSigner.includes(code));
  const isWhole = successes.includes(signatureIsRight) && successes.some((code) => fileIsTheSame.test(code));
  if (wrong !== undefined || !(isWhole || isAccepted(store)))
    return { state: 'changed', ...named, reason: wrong ?? 'assertion.hardBinding.missing' };
  const generator = manifest === undefined ? undefined : generatorOf(manifest);
  return {
    state: 'intact',
    by: successes.includes('signingCredential.trusted') ? 'ours' : isTrusted ? 'other' : 'unknown',
    ...named,
    ...(generator === undefined ? {} : { generator }),
    isAiGenerated: Object.values(store.manifests ?? {}).some(isByTrainedModel),
    ...(failures.some((code) => expired.includes(code)) ? { isExpired: true } : {}),
  };
}

const isAccepted = ({ validation_state }: ManifestStore): boolean => validation_state === 'Valid' || validation_state === 'Trusted';

const codes = (statuses: readonly { readonly code: string }[] | undefined): readonly string[] => (statuses ?? []).map(({ code }) => code);

function generatorOf({ claim_generator_info: [info] = [], claim_generator: old }: Manifest): string | undefined {
  return words(info?.name === undefined ? old : [info.name, info.version].filter((part) => part !== undefined).join(' '));
}

/** Whether it, or a picture that it was made from, says so. */
const isByTrainedModel = ({ assertions = [] }: Manifest): boolean =>
  assertions.some(({ label, data }) => label?.startsWith('c2pa.actions') === true && actionsOf(data).some(isTrainedModel));

const actionsOf = (data: unknown): readonly unknown[] => {
  const actions = typeof data === 'object' && data !== null && 'actions' in data ? data.actions : undefined;
  return Array.isArray(actions) ? actions : [];
};

const isTrainedModel = (action: unknown): boolean =>
  typeof action === 'object' &&
  action !== null &&
  'digitalSourceType' in action &&
  typeof action.digitalSourceType === 'string' &&
  isByTrainedModels(action.digitalSourceType);

/** One line of text without control characters; `undefined` for anything else. */
function words(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line === '' ? undefined : [...line].slice(0, MOST_LETTERS).join('');
}
