export declare const quietFlags: readonly string[];
export declare const programFlags: readonly string[];
