//! The media worker process.
