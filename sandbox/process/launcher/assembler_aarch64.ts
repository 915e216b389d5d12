import { type Assembler, CodeBuffer, type Register } from "./assembler.ts";

/** Numbers of the registers: x0 to x4 for arguments, x0 for results, x19 to x23 survive a call. */
const REGISTERS: Readonly<Record<Register, number>> = {
  arg0: 0,
  arg1: 1,
  arg2: 2,
  arg3: 3,
  arg4: 4,
  result: 0,
  s0: 19,
  s1: 20,
  s2: 21,
  s3: 22,
  s4: 23,
};
const ZERO = 31, NUMBER = 8;
const MOVZ = 0xd2800000, MOVK = 0xf2800000, ORR = 0xaa0003e0, ADD = 0x8b000000, SUB = 0xcb000000, SUBS = 0xeb000000;
const ADD_CONSTANT = 0x91000000, LDR = 0xf9400000, LDRB = 0x39400000, UBFM = 0xd3400000;
const B = 0x14000000, B_EQ = 0x54000000, CBZ = 0xb4000000, TBNZ_63 = 0xb7f80000, SVC = 0xd4000001;
const STACK = 31;

/** Writes 64-bit ARM code; the Arm Architecture Reference Manual, chapter C6. */
export class ArmAssembler implements Assembler {
  readonly #code = new CodeBuffer();

  label(name: string): void {
    this.#code.label(name);
  }

  stackPointer(to: Register): void {
    this.#word(ADD_CONSTANT | (STACK << 5) | REGISTERS[to]);
  }

  constant(to: Register, value: bigint | number): void {
    this.#constant(REGISTERS[to], BigInt(value));
  }

  move(to: Register, from: Register): void {
    this.#word(ORR | (REGISTERS[from] << 16) | REGISTERS[to]);
  }

  loadWord(to: Register, at: Register): void {
    this.#word(LDR | (REGISTERS[at] << 5) | REGISTERS[to]);
  }

  loadByte(to: Register, at: Register): void {
    this.#word(LDRB | (REGISTERS[at] << 5) | REGISTERS[to]);
  }

  addConstant(to: Register, value: number): void {
    this.#word(ADD_CONSTANT | (value << 10) | (REGISTERS[to] << 5) | REGISTERS[to]);
  }

  add(to: Register, from: Register): void {
    this.#word(ADD | (REGISTERS[from] << 16) | (REGISTERS[to] << 5) | REGISTERS[to]);
  }

  subtract(to: Register, from: Register): void {
    this.#word(SUB | (REGISTERS[from] << 16) | (REGISTERS[to] << 5) | REGISTERS[to]);
  }

  shiftLeft(to: Register, bits: number): void {
    this.#word(UBFM | (((64 - bits) & 63) << 16) | ((63 - bits) << 10) | (REGISTERS[to] << 5) | REGISTERS[to]);
  }

  jump(label: string): void {
    this.#jump(B, label, 0, 26);
  }

  jumpIfZero(register: Register, label: string): void {
    this.#jump(CBZ | REGISTERS[register], label, 5, 19);
  }

  jumpIfNegative(register: Register, label: string): void {
    this.#jump(TBNZ_63 | REGISTERS[register], label, 5, 14);
  }

  jumpIfEqual(a: Register, b: Register, label: string): void {
    this.#word(SUBS | (REGISTERS[b] << 16) | (REGISTERS[a] << 5) | ZERO);
    this.#jump(B_EQ, label, 5, 19);
  }

  systemCall(number: number): void {
    this.#constant(NUMBER, BigInt(number));
    this.#word(SVC);
  }

  assemble(): Uint8Array<ArrayBuffer> {
    return this.#code.finish();
  }

  #constant(register: number, value: bigint): void {
    const bits = BigInt.asUintN(64, value);
    this.#word(MOVZ | (Number(bits & 0xffffn) << 5) | register);
    for (const half of [1, 2, 3]) {
      const part = Number((bits >> BigInt(16 * half)) & 0xffffn);
      if (part !== 0) this.#word(MOVK | (half << 21) | (part << 5) | register);
    }
  }

  /** A jump whose distance in words stands in `width` bits from bit `at` on. */
  #jump(instruction: number, label: string, at: number, width: number): void {
    this.#code.jump(label, (view, offset, distance) => {
      const words = (distance / 4) & (2 ** width - 1);
      view.setUint32(offset, (instruction | (words << at)) >>> 0, true);
    });
    this.#code.word(0);
  }

  #word(instruction: number): void {
    this.#code.word(instruction >>> 0);
  }
}
