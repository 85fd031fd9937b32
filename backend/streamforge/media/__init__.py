"""Commands the media workers: a pool of Rust processes, or the in-memory engine that tests use."""
