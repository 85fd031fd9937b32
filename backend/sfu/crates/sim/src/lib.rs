//! Native light clients.
