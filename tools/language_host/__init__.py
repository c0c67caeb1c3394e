"""A Python language host for a Pulumi engine that was built from Go modules.

The engine does not run programs itself: it starts `pulumi-language-python` and asks it over gRPC.
Pulumi ships that executable only inside its release archives; it is in no Go module and in no
Python package. Where no release can be downloaded, this package takes its place. It answers what
an `up`, `preview`, `refresh`, `destroy`, `about`, `install` or policy pack asks, by the published
protocol (`pulumirpc.LanguageRuntime`, whose stubs come with the `pulumi` package), and leaves code
generation (`pulumi convert`, `pulumi package add`, ...) to the official host.

One module per concern: `servicer` answers the calls, `toolchain` finds the program's Python,
`children` starts programs and ends them, `guard` ties a program's life to the host's, `server`
listens, and `__main__` is the process.
"""
