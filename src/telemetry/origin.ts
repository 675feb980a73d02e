/** The request that asked for work, for those who follow it into the work. */
export interface Origin {
  /** Its id: that of its log, and of its answer if it failed. */
  readonly reqId?: string | undefined;
  /** Its span, as W3C's `traceparent`. */
  readonly traceparent?: string | undefined;
}
