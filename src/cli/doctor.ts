import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkHomeserver } from '#src/chat/matrix/doctor.ts';
import { checkMattermost } from '#src/chat/mattermost/doctor.ts';
import type { Finding } from '#src/chat/common/finding.ts';
import { checkAdmins } from '#src/cli/check-admins.ts';
import { checkSigning } from '#src/cli/check-signing.ts';
import { checkModels } from '#src/cli/check-models.ts';
import { checkPictureModels } from '#src/cli/check-picture-models.ts';
import { checkSafety } from '#src/cli/check-safety.ts';
import { checkVerification } from '#src/cli/check-verification.ts';
import { checkWatermark } from '#src/cli/check-watermark.ts';
import { checkUpscaler } from '#src/cli/check-upscaler.ts';
import type { MatrixConfig } from '#src/cli/keys/desk.ts';
import { readOptions } from '#src/cli/options.ts';
import { UsageError, type Io } from '#src/cli/io.ts';
import { printFindings } from '#src/cli/print-findings.ts';
import { readConfig, type Config } from '#src/config.ts';
import { AppError } from '#core/errors.ts';
import { formatDuration, formatSize } from '#core/format.ts';
import { failureMessage, plain } from '#core/messages.ts';
import { providerTitle } from '#core/render-timing.ts';
import { findFonts } from '#src/finish/fonts.ts';
import { createLog } from '#src/log.ts';
import { createEngine } from '#src/main.ts';
import { openCatalogue, type Catalogue } from '#src/weights/catalogue.ts';

const LOWEST_FREE_BYTES = 2e9;
const voice = { language: 'en', prefix: '!img' } as const;

/** Something to mend was found; each finding said it already. */
export class DoctorError extends Error {
  override readonly name = 'DoctorError';
}

/** `blitzbild doctor`: looks at everything the bot needs, makes one picture, and says what to do about what is wrong. */
export async function doctor(args: readonly string[], { stdout, root }: Io): Promise<void> {
  const { positionals } = readOptions(args, {});
  if (positionals.length > 0) throw new UsageError('doctor takes no arguments.');
  const config = readConfig(fileURLToPath(root));
  let wrong = 0;
  const report = (findings: readonly Finding[]): void => {
    wrong += printFindings(findings, { stdout });
  };
  report([checkNode(), await checkData(config.dataFolder), checkFonts()]);
  report(await checkPictures(config));
  report(await checkSigning(config.dataFolder, Date.now()));
  report(checkWatermark(config.dataFolder, config.marks.watermark));
  report(await checkPictureModels({ folders: config.modelFolders, environment: config.environment }));
  report(await checkSafety(config));
  report(
    config.matrix === undefined
      ? [{ ok: true, what: 'Matrix: not configured (MATRIX_HOMESERVER_URL in .env)' }]
      : await checkMatrix(config, config.matrix),
  );
  report(
    config.mattermost === undefined
      ? [{ ok: true, what: 'Mattermost: not configured (MATTERMOST_URL in .env)' }]
      : await checkMattermost(config.mattermost),
  );
  report(checkAdmins(config));
  if (wrong > 0) throw new DoctorError(`${wrong === 1 ? 'one thing needs' : `${wrong} things need`} mending, see above.`);
}

async function checkMatrix(config: Config, matrix: MatrixConfig): Promise<readonly Finding[]> {
  const homeserver = await checkHomeserver(matrix);
  // It ends early where the address or the token is wrong; the device would be the same trouble once more.
  return homeserver.length <= 2 ? homeserver : [...homeserver, ...(await checkVerification(config, matrix))];
}

function checkNode(): Finding {
  const what = `Node ${process.version} on ${process.platform}-${process.arch}`;
  return Number(process.versions.node.split('.')[0]) >= 24
    ? { ok: true, what }
    : { ok: false, what, advice: 'Start through npm or npx: they bring Node 24.' };
}

async function checkData(folder: string): Promise<Finding> {
  try {
    await mkdir(folder, { recursive: true });
    const probe = join(folder, `.doctor-${process.pid}`);
    await writeFile(probe, '');
    await rm(probe);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const what = `Data folder can be written, ${(free / 1e9).toFixed(1)} GB free`;
    return free >= LOWEST_FREE_BYTES
      ? { ok: true, what }
      : { ok: false, what, advice: 'Free at least 2 GB, or set BLITZBILD_DATA to a larger disk.' };
  } catch {
    return {
      ok: false,
      what: `Data folder ${folder} can't be written`,
      advice: 'Give this user the right to write there, or set BLITZBILD_DATA to another folder.',
    };
  }
}

function checkFonts(): Finding {
  const fonts = findFonts();
  return fonts === undefined
    ? { ok: false, what: 'Fonts: none found', advice: 'Run npm ci again: a font comes with the packages.' }
    : { ok: true, what: `Fonts: ${fonts}` };
}

async function checkPictures(config: Config): Promise<readonly Finding[]> {
  const catalogue = await openCatalogue({ folders: config.modelFolders, active: config.model });
  return [...checkModels(catalogue, config.providers[0] ?? 'cpu'), ...(await makePictures(config, catalogue))];
}

/** Loading alone proves little: the first run is where drivers fail. */
async function makePictures(config: Config, catalogue: Catalogue): Promise<readonly Finding[]> {
  const info = catalogue.get(catalogue.active);
  if (info === undefined) {
    const installed = catalogue.list().map(({ name }) => name);
    return [
      {
        ok: false,
        what: `The active model «${catalogue.active}» is not installed`,
        advice: `Set «model» in config/blitzbild.yaml to one of: ${installed.join(', ') || '(none is installed)'}.`,
      },
    ];
  }
  const engine = createEngine(config, catalogue, createLog('silent'));
  try {
    const startedAtMs = performance.now();
    const request = { model: info.name, prompt: info.examples.en[0] ?? 'a red apple', negativePrompt: '', seed: 1, ...info.fast };
    const picture = await engine.generate(request, { signal: new AbortController().signal, onStep: () => {} });
    const attempts = engine.status().attempts.filter(({ ok }) => !ok);
    return [
      ...attempts.map(({ provider, reason }): Finding => ({
        ok: true,
        what: `${providerTitle(provider)}: not used (${reason ?? 'unknown'})`,
      })),
      {
        ok: true,
        what: `Engine: ${providerTitle(picture.provider)} made a picture of ${formatSize(info.fast.widthPx, info.fast.heightPx)} in ${formatDuration(picture.timings.totalMs, 'en')} (with loading ${formatDuration(performance.now() - startedAtMs, 'en')})`,
      },
      ...(await checkUpscaler(catalogue, info, { engine, request })),
    ];
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'internal';
    const reasons = engine.status().attempts.map(({ provider, reason }) => `${provider}: ${reason ?? 'ok'}`);
    return [
      {
        ok: false,
        what: `Engine: no picture could be made (${reasons.join('; ')})`,
        advice: plain(failureMessage({ error: code, params: error instanceof AppError ? error.params : {} }, voice)),
      },
    ];
  } finally {
    await engine.close();
  }
}
