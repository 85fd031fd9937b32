//! One JSON object a line on standard error. The server's supervisor collects it.

use tracing_subscriber::EnvFilter;

/// Starts logging. Later calls, as in tests, change nothing.
pub fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let logger = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Someone else's subscriber is as good.
    let _ = logger.try_init();
}
