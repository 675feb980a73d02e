/** Variables that mean the same, and what they are for. */
export type Variable = readonly [names: readonly string[], about: string];

interface Section {
  readonly title: string;
  readonly variables: readonly Variable[];
}

/** What packages read by themselves. */
export const passedOn: Section = {
  title: 'Read by packages',
  variables: [
    [['OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES'], 'Whose spans they are; `pushforward` if unset'],
    [['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG'], 'Which requests are traced'],
    [
      ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TIMEOUT'],
      'What is sent to the collector beside the spans, and how long it may take; with `TRACES` after `OTLP` of traces alone',
    ],
    [
      [
        'OTEL_BSP_MAX_QUEUE_SIZE',
        'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
        'OTEL_BSP_SCHEDULE_DELAY',
        'OTEL_BSP_EXPORT_TIMEOUT',
      ],
      'How many spans are kept until they are sent, and how they are sent',
    ],
    [['NODE_OPTIONS'], 'Node’s own options, such as `--max-old-space-size`'],
  ],
};

/** What is read beside the service. */
export const elsewhere: readonly Section[] = [
  {
    title: 'Read beside the service',
    variables: [
      [
        ['POSTGRES_PASSWORD'],
        '`docker-compose.yml`: the password between the service and its database; `pushforward` if unset',
      ],
      [
        ['API_MEMORY_LIMIT', 'WORKER_MEMORY_LIMIT', 'DATABASE_MEMORY_LIMIT'],
        '`docker-compose.yml`: memory of each container; `2g`, `4g`, `2g` if unset',
      ],
      [['WORKERS'], '`docker-compose.yml`: how many workers there are; 2 if unset'],
      [
        ['LISTEN', 'UPSTREAMS'],
        '`deploy/compose/Caddyfile`: where the proxy listens, and what it stands before; `:3000` and `api-1:3000 api-2:3000` if unset',
      ],
      [['BENCH_NETWORK'], '`bench/network`: the addresses of its namespaces; set by the benchmark itself'],
      [['CADDY'], '`bench/proxy`: the program of the proxy; `caddy` if unset'],
      [['CHROMIUM_PATH'], 'tests of the console: the browser; `/usr/bin/chromium` if unset'],
      [['CI'], 'tests of the console: with `true` they fail where there is no browser, else they say so'],
      [
        ['PEERS_PYTHON', 'BENTO_PYTHON', 'SCHEMATHESIS_PYTHON'],
        'benchmarks: the Python interpreters with what they compare with ([bench/peers](../bench/peers/README.md))',
      ],
    ],
  },
];
