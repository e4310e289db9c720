"""The headers that every HTTP answer carries; Streamlit itself sets none."""

# Nothing is loaded from another host, so a name or a text inside a model cannot make a viewer's browser fetch
# anything. Streamlit writes styles at run time (unsafe-inline) and lays out graphs in WebAssembly.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        # The hash is the one inline script of Streamlit 1.67's index.html, `window.prerenderReady = false`.
        "script-src 'self' 'wasm-unsafe-eval' 'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
