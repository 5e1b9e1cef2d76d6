/** The file that goes with the message: chosen with the button, dropped on the page, or pasted. */
import { button } from './button.ts';
import { byId, el } from './dom.ts';
import { filePreview } from './file-preview.ts';
import { icon } from './icons.ts';
import { t } from './texts.ts';

const megabyte = 1_000_000;

export class AttachmentField {
  readonly #place = byId('attachment', HTMLDivElement);
  readonly #chooser = byId('file', HTMLInputElement);
  readonly #opener = byId('attach', HTMLButtonElement);
  readonly #changed: () => void;
  readonly #refuse: (sentence: string) => void;
  #file: File | undefined;
  #maxBytes = Number.POSITIVE_INFINITY;
  /** Entered and not left again: a drag enters a child before it leaves the parent. */
  #dragDepth = 0;

  /** `changed` is called after a file came or went, `refuse` with a sentence for people. */
  constructor(changed: () => void, refuse: (sentence: string) => void) {
    this.#changed = changed;
    this.#refuse = refuse;
    this.#opener.append(icon('attach'));
    this.#opener.addEventListener('click', () => this.#chooser.click());
    this.#chooser.addEventListener('change', () => {
      this.#take(this.#chooser.files);
      // The same file may be chosen again.
      this.#chooser.value = '';
    });
    document.addEventListener('paste', (event) => {
      const { clipboardData } = event;
      // A table copied from an office program comes as text and as a picture of it: then the text is meant.
      if (clipboardData === null || clipboardData.files.length === 0 || clipboardData.types.includes('text/plain') || isElsewhere()) return;
      event.preventDefault();
      this.#take(clipboardData.files);
    });
    this.#listenToDrags();
  }

  get file(): File | undefined {
    return this.#file;
  }

  /** What the room accepts. */
  limit(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  clear(): void {
    this.#file = undefined;
    this.#show();
  }

  translate(): void {
    this.#opener.ariaLabel = t().attach;
    this.#opener.title = t().attach;
    byId('drop', HTMLDivElement).textContent = t().dropHere;
    this.#show();
  }

  #take(files: FileList | null): void {
    const [file, ...more] = files ?? [];
    if (file === undefined) return;
    if (file.size > this.#maxBytes) return this.#refuse(t().fileTooLarge(file.name, this.#maxBytes / megabyte));
    if (file.size === 0) return this.#refuse(t().fileEmpty(file.name));
    if (more.length > 0) this.#refuse(t().oneFile);
    this.#file = file;
    this.#show();
    this.#changed();
  }

  #show(): void {
    const file = this.#file;
    this.#place.hidden = file === undefined;
    this.#place.ariaLabel = t().attached;
    if (file === undefined) return this.#place.replaceChildren();
    const remove = (): void => {
      this.clear();
      this.#changed();
    };
    this.#place.replaceChildren(
      el(
        'div',
        { class: 'attached' },
        filePreview(file),
        button({ icon: 'cancel', label: t().removeFile(file.name), iconOnly: true, class: 'ghost', onClick: remove }),
      ),
    );
  }

  #listenToDrags(): void {
    const over = (depth: number): void => {
      this.#dragDepth = depth;
      document.body.classList.toggle('dragging', depth > 0);
    };
    const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true && !isElsewhere();
    document.addEventListener('dragenter', (event) => hasFiles(event) && over(this.#dragDepth + 1));
    document.addEventListener('dragleave', (event) => hasFiles(event) && over(Math.max(0, this.#dragDepth - 1)));
    document.addEventListener('dragover', (event) => {
      // Without this the browser would leave the page and open the file.
      if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault();
    });
    document.addEventListener('drop', (event) => {
      over(0);
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      if (isElsewhere()) return;
      const isFolder = [...event.dataTransfer.items].some((item) => item.webkitGetAsEntry()?.isDirectory === true);
      if (isFolder) this.#refuse(t().noFolders);
      else this.#take(event.dataTransfer.files);
    });
  }
}

/** A dialog lies over the page. */
const isElsewhere = (): boolean => document.querySelector('dialog[open]') !== null;
