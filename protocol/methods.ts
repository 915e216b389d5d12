import type { z } from "zod";
import { METHOD_TABLE, type MethodFamily, NOTIFICATION_TABLE } from "./method_table.ts";
import type { MethodTypes, NotificationTypes } from "./wire_types.ts";

export type { MethodFamily };
/** Name of a request method. */
export type MethodName = keyof MethodTypes;
/** Name of a server notification. */
export type NotificationName = keyof NotificationTypes;
/** Parameters of a method as the caller writes them. */
export type ParamsOf<M extends MethodName> = MethodTypes[M]["params"];
/** Parameters of a method after decoding. */
export type DecodedParams<M extends MethodName> = MethodTypes[M] extends { decoded: infer D }
  ? { [K in keyof (Omit<ParamsOf<M>, keyof D> & D)]: (Omit<ParamsOf<M>, keyof D> & D)[K] }
  : ParamsOf<M>;
/** Result of a method. */
export type ResultOf<M extends MethodName> = MethodTypes[M]["result"];
/** Parameters of a server notification. */
export type NotificationParams<N extends NotificationName> = NotificationTypes[N];

/** A signal clients may send. */
export type SignalName = ParamsOf<"process/signal">["signal"];

/** Checks a value from the wire and decodes it; those of the table are zod's. */
export interface WireSchema<Decoded> {
  /** The value decoded, or what is wrong with it. Never throws. */
  safeParse(value: unknown):
    | { readonly success: true; readonly data: Decoded }
    | { readonly success: false; readonly error: { readonly issues: readonly WireIssue[] } };
}

/** Why a value from the wire is refused. */
export interface WireIssue {
  /** Where in the value. */
  readonly path: readonly PropertyKey[];
  /** What was expected there. */
  readonly message: string;
}

/** A method of the table. */
export interface MethodSpec<M extends MethodName = MethodName> {
  /** What it is about. */
  readonly family: MethodFamily;
  /** What it does, a sentence. */
  readonly doc: string;
  /** Decodes its parameters. */
  readonly params: WireSchema<DecodedParams<M>>;
  /** Checks its result. */
  readonly result: WireSchema<ResultOf<M>>;
  /** True for methods that codex exec-server does not have. */
  readonly addition: boolean;
}

/** A notification of the table. */
export interface NotificationSpec<N extends NotificationName = NotificationName> {
  /** The side that sends it. */
  readonly from: "server";
  /** What it says, a sentence. */
  readonly doc: string;
  /** Checks its parameters. */
  readonly params: WireSchema<NotificationParams<N>>;
}

/** Every request a client may send: it types, validates and documents the wire. */
export const METHODS: { readonly [M in MethodName]: MethodSpec<M> } = METHOD_TABLE;

/** Every notification, with the side that sends it. */
export const NOTIFICATIONS: { readonly [N in NotificationName]: NotificationSpec<N> } = NOTIFICATION_TABLE;

// only compiles while `wire_types.ts` says what the schemas say, to the member; `deno task bless` writes it anew
({}) satisfies Differing<
  { [M in MethodName]: { params: ParamsOf<M>; decoded: DecodedParams<M>; result: ResultOf<M> } },
  {
    [M in keyof typeof METHOD_TABLE]: {
      params: z.input<(typeof METHOD_TABLE)[M]["params"]>;
      decoded: z.output<(typeof METHOD_TABLE)[M]["params"]>;
      result: z.output<(typeof METHOD_TABLE)[M]["result"]>;
    };
  }
>;
({}) satisfies Differing<
  { [N in NotificationName]: { params: NotificationParams<N> } },
  { [N in keyof typeof NOTIFICATION_TABLE]: { params: z.output<(typeof NOTIFICATION_TABLE)[N]["params"]> } }
>;

/** What `B` has that is not identical in `A`; being assignable both ways would let optional members be missing. */
type Differing<A, B> = {
  [K in keyof B as K extends keyof A ? Same<A[K], B[K]> extends true ? never : K : K]: "differs";
};
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** The one notification clients send: it completes the handshake. Any parameters are accepted. */
export const INITIALIZED = "initialized";

/** Whether a name is a method of the table. */
export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}
