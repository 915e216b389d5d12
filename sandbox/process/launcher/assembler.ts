/** Registers of the launcher, whatever the processor calls them. */
export type Register = "arg0" | "arg1" | "arg2" | "arg3" | "arg4" | "result" | "s0" | "s1" | "s2" | "s3" | "s4";

/** The few instructions the launcher is made of, for one processor. A system call spoils all but the `s` registers. */
export interface Assembler {
  /** Names the place of the next instruction. */
  label(name: string): void;
  /** The stack pointer. */
  stackPointer(to: Register): void;
  /** A constant of up to 64 bits. */
  constant(to: Register, value: bigint | number): void;
  /** Another register. */
  move(to: Register, from: Register): void;
  /** The 64-bit word another register points to. */
  loadWord(to: Register, at: Register): void;
  /** The byte another register points to. */
  loadByte(to: Register, at: Register): void;
  /** Adds a constant from 0 to 4095. */
  addConstant(to: Register, value: number): void;
  /** Adds another register. */
  add(to: Register, from: Register): void;
  /** Subtracts another register. */
  subtract(to: Register, from: Register): void;
  /** Multiplies by a power of two. */
  shiftLeft(to: Register, bits: number): void;
  /** Goes on at a label. */
  jump(label: string): void;
  /** Goes on at a label when a register is zero. */
  jumpIfZero(register: Register, label: string): void;
  /** Goes on at a label when a register is negative. */
  jumpIfNegative(register: Register, label: string): void;
  /** Goes on at a label when two registers are equal. */
  jumpIfEqual(a: Register, b: Register, label: string): void;
  /** Calls the kernel with the `arg` registers. */
  systemCall(number: number): void;
  /** The finished code. @throws {RangeError} for a jump to nowhere */
  assemble(): Uint8Array<ArrayBuffer>;
}

/** A jump whose distance is filled in once all labels are known. */
interface Fixup {
  readonly at: number;
  readonly label: string;
  /** Writes the distance in bytes from `at`. */
  readonly apply: (view: DataView, at: number, distance: number) => void;
}

/** Code that grows, with its labels and the jumps to them. */
export class CodeBuffer {
  readonly #bytes: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #fixups: Fixup[] = [];

  /** Names the place of the next byte. */
  label(name: string): void {
    this.#labels.set(name, this.#bytes.length);
  }

  /** Appends bytes. */
  bytes(...bytes: number[]): void {
    this.#bytes.push(...bytes);
  }

  /** Appends a 32-bit word, lowest byte first. */
  word(value: number): void {
    this.bytes(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);
  }

  /** Notes that the instruction at the current place, not yet written, jumps to a label. */
  jump(label: string, apply: Fixup["apply"]): void {
    this.#fixups.push({ at: this.#bytes.length, label, apply });
  }

  /** All bytes with the distances filled in. @throws {RangeError} for an unknown label */
  finish(): Uint8Array<ArrayBuffer> {
    const code = Uint8Array.from(this.#bytes);
    const view = new DataView(code.buffer);
    for (const { at, label, apply } of this.#fixups) {
      const target = this.#labels.get(label);
      if (target === undefined) throw new RangeError(`no such label: ${label}`);
      apply(view, at, target - at);
    }
    return code;
  }
}
