// Written by `deno task bless` from the schemas; `methods.ts` only compiles while both say the same.
import type { WirePath } from "./path_uri.ts";

/** Where an executor runs and what it can do. */
export interface EnvironmentInfo {
  /** the user's shell */
  shell: {
    /** bash, zsh, sh, powershell or cmd */
    name: string;
    /** native path */
    path: string;
  };
  /** of the server's program */
  executorVersion?: string | undefined;
  /** stable hash of the installation: sha256:<64 hex> */
  providerId?: string | undefined;
  /** directory the server was started in, file: URI */
  cwd?: string | null | undefined;
  /** home of its user, file: URI */
  userHomeDir?: string | null | undefined;
  /** linux, macos or windows */
  platformOs?: string | undefined;
  /** directories with helpers of the installation, file: URIs */
  prependPathDirs?: string[] | undefined;
  /** TMPDIR when it is set, file: URI */
  temporaryDirectories?: string[] | undefined;
  /** TMPDIR, or where temporary files go without it, file: URI */
  tempDir?: string | null | undefined;
  /** absent means false */
  capabilities?: Record<string, boolean> | undefined;
  /** absent when it is not known */
  sandbox?: SandboxInfo | undefined;
}

/** What holds sandboxed requests on an executor. */
export interface SandboxInfo {
  /** files: descriptorWalk, landlock:ABI, denoFlags, canonicalPaths */
  filesystem?: SandboxWallsInfo | undefined;
  /** processes */
  process?: SandboxWallsInfo | undefined;
}

/** Walls that hold one kind of sandboxed requests. */
export interface SandboxWallsInfo {
  /** names of what stands, the strongest first */
  walls: string[];
  /** walls that do not stand, with the reason of each */
  missing?: string[] | undefined;
}

/** Layers of one kind of configuration file. */
export interface ConfigLayers {
  /** the requested keys of each configuration file, and which it is */
  layers: unknown[];
  /** where the client's own layers go among them */
  cloudInsertionIndex: number;
}

/** How a child's environment is made from the server's. */
export interface EnvPolicy {
  /** which of the server's variables to begin with */
  inherit: "core" | "all" | "none";
  /** false takes away names with KEY, SECRET or TOKEN */
  ignoreDefaultExcludes: boolean;
  /** patterns with * and ?, case-insensitive */
  exclude: string[];
  /** variables laid over it */
  set: Record<string, string>;
  /** patterns; empty keeps everything */
  includeOnly: string[];
}

/** What ends a process that uses too much. */
export interface ProcessLimits {
  /** time from start to exit */
  wallTimeMs?: number | null | undefined;
  /** bytes of output of all streams */
  outputBytes?: number | null | undefined;
  /** memory of the process and its children; needs cgroup v2 */
  memoryBytes?: number | null | undefined;
  /** processes and threads at once; needs cgroup v2 */
  pids?: number | null | undefined;
}

/** What the start of a process belongs to, for the client. */
export interface StartMetadata {
  /** conversation */
  threadId?: string | null | undefined;
  /** call of a tool in it */
  toolCallId?: string | null | undefined;
}

/** What each method takes, which members of it decoding changes and to what, and what it answers. */
export interface MethodTypes {
  /** Opens a session or resumes a detached one. */
  "initialize": {
    params: {
      clientName: string;
      /** id of a detached session to continue */
      resumeSessionId?: string | null | undefined;
    };
    result: {
      /** lower-case UUID v4 */
      sessionId: string;
      environmentInfo?: EnvironmentInfo | undefined;
    };
  };
  /** Where the executor runs and what it can do. */
  "environment/info": {
    params: null | undefined | Record<string, never>;
    result: EnvironmentInfo;
  };
  /** Whether the executor is ready. */
  "environment/status": {
    params: null | undefined | Record<string, never>;
    result: {
      /** ready */
      status: string;
    };
  };
  /** Configuration layers found on the executor. */
  "environmentConfig/read": {
    params: {
      /** absolute native path, or file: URI */
      cwd: string;
      /** TOML key paths to read */
      configPaths: string[][];
      /** TOML key paths to read */
      requirementsPaths: string[][];
    };
    decoded: {
      /** absolute native path, or file: URI */
      cwd: WirePath;
    };
    result: {
      /** file: URI */
      userHomeDir: string;
      /** file: URI */
      codexHomeDir: string;
      hostname: string;
      config: ConfigLayers;
      requirements: ConfigLayers;
    };
  };
  /** Starts a program. */
  "process/start": {
    params: {
      /** chosen by the client, unique in its session while remembered */
      processId: string;
      argv: string[];
      /** absolute native path, or file: URI */
      cwd: string;
      env: Record<string, string>;
      tty: boolean;
      envPolicy?: EnvPolicy | null | undefined;
      /** keep stdin writable; without it the process reads /dev/null */
      pipeStdin?: boolean | undefined;
      /** argv[0] as the program sees it */
      arg0?: string | null | undefined;
      metadata?: StartMetadata | null | undefined;
      /** permission profile, cwd and workspace roots; absent or null means none */
      sandbox?: Record<string, unknown> | null | undefined;
      enforceManagedNetwork?: boolean | undefined;
      managedNetwork?: unknown;
      networkProxy?: unknown;
      shellSnapshot?: unknown;
      /** what ends the process; addition */
      limits?: ProcessLimits | null | undefined;
      /** terminal height; addition */
      rows?: number | null | undefined;
      /** terminal width; addition */
      cols?: number | null | undefined;
    };
    decoded: {
      /** absolute native path, or file: URI */
      cwd: WirePath;
      /** keep stdin writable; without it the process reads /dev/null */
      pipeStdin: boolean;
      enforceManagedNetwork: boolean;
    };
    result: {
      processId: string;
      /** none, linuxSeccomp, macosSeatbelt or windowsRestrictedToken */
      sandboxType?: string | undefined;
    };
  };
  /** Reads retained output, waiting for news. */
  "process/read": {
    params: {
      /** chosen by the client, unique in its session while remembered */
      processId: string;
      /** deliver output after this seq; default 0 */
      afterSeq?: number | null | undefined;
      /** stop before exceeding this, but deliver at least one chunk */
      maxBytes?: number | null | undefined;
      /** wait this long for news; default 0 */
      waitMs?: number | null | undefined;
    };
    result: {
      chunks: {
        /** position in the one gap-free event sequence of the process, from 1 */
        seq: number;
        stream: "stdout" | "stderr" | "pty";
        /** standard base64 with padding */
        chunk: string;
      }[];
      /** position in the one gap-free event sequence of the process, from 1 */
      nextSeq: number;
      exited: boolean;
      exitCode: number | null;
      closed: boolean;
      /** which limit ended the process */
      failure?: string | null | undefined;
      sandboxDenied?: boolean | undefined;
    };
  };
  /** Writes to stdin or the terminal. */
  "process/write": {
    params: {
      /** chosen by the client, unique in its session while remembered */
      processId: string;
      /** standard base64 with padding */
      chunk: string;
      /** a repeated id is accepted and writes nothing; clients of 0.130 send none */
      writeId?: string | null | undefined;
    };
    result: {
      status: "accepted" | "unknownProcess" | "stdinClosed" | "starting";
    };
  };
  /** Closes stdin after what was written before. */
  "process/closeStdin": {
    params: {
      /** chosen by the client, unique in its session while remembered */
      processId: string;
    };
    result: {
      status: "accepted" | "unknownProcess" | "stdinClosed" | "starting";
    };
  };
  /** Signals the process group. */
  "process/signal": {
    params: {
      /** chosen by the client, unique in its session while remembered */
      processId: string;
      /** sent to the process group; all but interrupt are additions */
      signal: "interrupt" | "terminate" | "kill" | "hangup" | "quit" | "usr1" | "usr2";
    };
    result: Record<string, never>;
  };
  /** Kills the process group at once. */
  "process/terminate": {
    params: {
      /** chosen by the client, unique in its session while remembered */
      processId: string;
    };
    result: {
      /** true when it was running and got SIGKILL */
      running: boolean;
    };
  };
  /** Changes the size of the terminal. */
  "process/resize": {
    params: {
      /** chosen by the client, unique in its session while remembered */
      processId: string;
      rows: number;
      cols: number;
    };
    result: Record<string, never>;
  };
  /** The session's remembered processes. */
  "process/list": {
    params: null | undefined | Record<string, never>;
    result: {
      processes: {
        /** chosen by the client, unique in its session while remembered */
        processId: string;
        pid: number;
        argv0: string;
        tty: boolean;
        state: "running" | "exited" | "closed";
        exitCode: number | null;
        /** position in the one gap-free event sequence of the process, from 1 */
        nextSeq: number;
        /** output that no longer can be read */
        droppedBytes: number;
      }[];
    };
  };
  /** Reads a whole file. */
  "fs/readFile": {
    params: {
      /** absolute native path, or file: URI */
      path: string;
      /** permission profile, cwd and workspace roots; absent or null means none */
      sandbox?: Record<string, unknown> | null | undefined;
      /** false refuses links anywhere in the path; default true */
      followSymlinks?: boolean | null | undefined;
    };
    decoded: {
      /** absolute native path, or file: URI */
      path: WirePath;
    };
    result: {
      /** standard base64 with padding */
      dataBase64: string;
    };
  };
  /** Creates or replaces a file. */
  "fs/writeFile": {
    params: {
      /** absolute native path, or file: URI */
      path: string;
      /** standard base64 with padding */
      dataBase64: string;
      /** permission profile, cwd and workspace roots; absent or null means none */
      sandbox?: Record<string, unknown> | null | undefined;
      /** false refuses links anywhere in the path; default true */
      followSymlinks?: boolean | null | undefined;
    };
    decoded: {
      /** absolute native path, or file: URI */
      path: WirePath;
    };
    result: Record<string, never>;
  };
  /** Makes a directory. */
  "fs/createDirectory": {
    params: {
      /** absolute native path, or file: URI */
      path: string;
      /** default true */
      recursive?: boolean | null | undefined;
      /** permission profile, cwd and workspace roots; absent or null means none */
      sandbox?: Record<string, unknown> | null | undefined;
      /** false refuses links anywhere in the path; default true */
      followSymlinks?: boolean | null | undefined;
    };
    decoded: {
      /** absolute native path, or file: URI */
      path: WirePath;
    };
    result: Record<string, never>;
  };
  /** Kind, size and times of a path. */
  "fs/getMetadata": {
    params: {
      /** absolute native path, or file: URI */
      path: string;
      /** permission profile, cwd and workspace roots; absent or null means none */
      sandbox?: Record<string, unknown> | null | undefined;
      /** false refuses links anywhere in the path; default true */
      followSymlinks?: boolean | null | undefined;
    };
    decoded: {
      /** absolute native path, or file: URI */
      path: WirePath;
    };
    result: {
      isDirectory: boolean;
      isFile: boolean;
      isSymlink: boolean;
      /** bytes */
      size?: number | undefined;
      /** ms since 1970, 0 when unknown */
      createdAtMs: number;
      /** ms since 1970, 0 when unknown */
      modifiedAtMs: number;
    };
  };
  /** Names in a directory. */
  "fs/readDirectory": {
    params: {
      /** absolute native path, or file: URI */
      path: string;
      /** permission profile, cwd and workspace roots; absent or null means none */
      sandbox?: Record<string, unknown> | null | undefined;
    };
    decoded: {
      /** absolute native path, or file: URI */
      path: WirePath;
    };
    result: {
      entries: {
        fileName: string;
        isDirectory: boolean;
        isFile: boolean;
      }[];
    };
  };
  /** Removes a file or a tree. */
  "fs/remove": {
    params: {
      /** absolute native path, or file: URI */
      path: string;
      /** default true */
      recursive?: boolean | null | undefined;
      /** a missing path is no error; default true */
      force?: boolean | null | undefined;
      /** permission profile, cwd and workspace roots; absent or null means none */
      sandbox?: Record<string, unknown> | null | undefined;
      /** false refuses links anywhere in the path; default true */
      followSymlinks?: boolean | null | undefined;
    };
    decoded: {
      /** absolute native path, or file: URI */
      path: WirePath;
    };
    result: Record<string, never>;
  };
  /** Copies a file, a link or a tree. */
  "fs/copy": {
    params: {
      /** absolute native path, or file: URI */
      sourcePath: string;
      /** absolute native path, or file: URI */
      destinationPath: string;
      recursive: boolean;
      /** permission profile, cwd and workspace roots; absent or null means none */
      sandbox?: Record<string, unknown> | null | undefined;
    };
    decoded: {
      /** absolute native path, or file: URI */
      sourcePath: WirePath;
      /** absolute native path, or file: URI */
      destinationPath: WirePath;
    };
    result: Record<string, never>;
  };
  /** The real path, links resolved. */
  "fs/canonicalize": {
    params: {
      /** absolute native path, or file: URI */
      path: string;
      /** permission profile, cwd and workspace roots; absent or null means none */
      sandbox?: Record<string, unknown> | null | undefined;
    };
    decoded: {
      /** absolute native path, or file: URI */
      path: WirePath;
    };
    result: {
      /** path in the form of the request */
      path: string;
    };
  };
  /** Lists a tree. */
  "fs/walk": {
    params: {
      /** absolute native path, or file: URI */
      path: string;
      options: {
        /** 0 lists the root's children only; at most 64 */
        maxDepth: number;
        /** 1 to 10000, the root counts */
        maxDirectories: number;
        /** 1 to 50000 */
        maxEntries: number;
        followDirectorySymlinks: boolean;
        pruneHiddenDirectories?: boolean | undefined;
      };
      /** permission profile, cwd and workspace roots; absent or null means none */
      sandbox?: Record<string, unknown> | null | undefined;
    };
    decoded: {
      /** absolute native path, or file: URI */
      path: WirePath;
      options: {
        /** 0 lists the root's children only; at most 64 */
        maxDepth: number;
        /** 1 to 10000, the root counts */
        maxDirectories: number;
        /** 1 to 50000 */
        maxEntries: number;
        followDirectorySymlinks: boolean;
        pruneHiddenDirectories: boolean;
      };
    };
    result: {
      entries: {
        /** path in the form of the request */
        path: string;
        kind: "directory" | "file";
      }[];
      errors: {
        /** path in the form of the request */
        path: string;
        message: string;
      }[];
      truncated: boolean;
    };
  };
  /** Opens a file for block access. */
  "fs/open": {
    params: {
      /** chosen by the client, at most 32 bytes */
      handleId: string;
      /** absolute native path, or file: URI */
      path: string;
      /** replace creates or truncates at once */
      mode?: "read" | "replace" | undefined;
      /** permission profile, cwd and workspace roots; absent or null means none */
      sandbox?: Record<string, unknown> | null | undefined;
    };
    decoded: {
      /** absolute native path, or file: URI */
      path: WirePath;
      /** replace creates or truncates at once */
      mode: "read" | "replace";
    };
    result: {
      handleId: string;
    };
  };
  /** Reads at an offset. */
  "fs/readBlock": {
    params: {
      /** chosen by the client, at most 32 bytes */
      handleId: string;
      offset: number;
      /** 1 to 1048576 */
      len: number;
    };
    result: {
      /** standard base64 with padding */
      chunk: string;
      /** fewer than len bytes were left */
      eof: boolean;
    };
  };
  /** Writes at an offset. */
  "fs/writeBlock": {
    params: {
      /** chosen by the client, at most 32 bytes */
      handleId: string;
      offset: number;
      /** standard base64 with padding */
      chunk: string;
    };
    result: Record<string, never>;
  };
  /** Closes a file handle. */
  "fs/close": {
    params: {
      /** chosen by the client, at most 32 bytes */
      handleId: string;
    };
    result: Record<string, never>;
  };
  /** Reports once when a missing path appears. */
  "fs/watchMissing": {
    params: {
      /** must grow; a higher id replaces the connection's watch */
      watchId: number;
      /** 1 to 64 paths that do not exist */
      missing: string[];
      /** a path that exists */
      present?: string | null | undefined;
    };
    decoded: {
      /** 1 to 64 paths that do not exist */
      missing: WirePath[];
      /** a path that exists */
      present?: WirePath | null | undefined;
    };
    result: {
      watching: boolean;
    };
  };
  /** Sends an HTTP request from the executor. */
  "http/request": {
    params: {
      method: string;
      url: string;
      headers?: {
        name: string;
        value: string;
        valueEnvVar?: string | null | undefined;
      }[] | undefined;
      bodyBase64?: string | null | undefined;
      timeoutMs?: number | null | undefined;
      redirectPolicy?: "follow" | "stop" | undefined;
      requestId: string;
      streamResponse?: boolean | undefined;
    };
    decoded: {
      headers: {
        name: string;
        value: string;
        valueEnvVar?: string | null | undefined;
      }[];
      redirectPolicy: "follow" | "stop";
      streamResponse: boolean;
    };
    result: {
      status: number;
      headers: {
        name: string;
        value: string;
      }[];
      /** standard base64 with padding */
      bodyBase64: string;
    };
  };
  /** Ends a request or its streamed body. */
  "http/request/cancel": {
    params: {
      /** of a request that has not ended */
      requestId: string;
    };
    result: {
      /** false when there is no such request */
      cancelled: boolean;
    };
  };
}

/** What each notification of the server carries. */
export interface NotificationTypes {
  /** A piece of output. */
  "process/output": {
    /** chosen by the client, unique in its session while remembered */
    processId: string;
    /** position in the one gap-free event sequence of the process, from 1 */
    seq: number;
    stream: "stdout" | "stderr" | "pty";
    /** standard base64 with padding */
    chunk: string;
  };
  /** The process itself ended. */
  "process/exited": {
    /** chosen by the client, unique in its session while remembered */
    processId: string;
    /** position in the one gap-free event sequence of the process, from 1 */
    seq: number;
    /** 128+n for death by signal n, 1 under a terminal */
    exitCode: number;
    sandboxDenied?: boolean | undefined;
    /** which limit ended the process; addition */
    failure?: string | undefined;
  };
  /** The last event of a process. */
  "process/closed": {
    /** chosen by the client, unique in its session while remembered */
    processId: string;
    /** position in the one gap-free event sequence of the process, from 1 */
    seq: number;
  };
  /** A watched path changed. */
  "fs/missingChanged": {
    watchId: number;
  };
  /** A piece of a streamed body. */
  "http/request/bodyDelta": {
    requestId: string;
    seq: number;
    /** standard base64 with padding */
    deltaBase64: string;
    done: boolean;
    error?: string | null | undefined;
  };
}
