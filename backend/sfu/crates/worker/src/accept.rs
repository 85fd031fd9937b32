//! Taking connections off a listener, whose readiness the poll tells once: no error may end that early.

use std::io;

/// What a listener had.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Accepted<T> {
    /// A connection.
    One(T),
    /// No more; the poll tells of the next.
    Nothing,
    /// An error that lasts, such as too many open files. Others may wait behind it, and the poll is silent
    /// about them: ask again later.
    Later,
}

/// Takes the next connection. One that is gone already is passed over.
pub(crate) fn next<T>(mut accept: impl FnMut() -> io::Result<T>) -> Accepted<T> {
    loop {
        match accept() {
            Ok(connection) => return Accepted::One(connection),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => return Accepted::Nothing,
                io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                _ => {
                    tracing::debug!(%error, "accept");
                    return Accepted::Later;
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::io::ErrorKind;

    #[test]
    fn a_connection_that_is_gone_hides_none_behind_it_and_a_lasting_error_is_no_end() {
        let too_many_files = || io::Error::from_raw_os_error(24);
        let mut results = VecDeque::from([
            Ok(1),
            Err(ErrorKind::ConnectionAborted.into()),
            Err(ErrorKind::Interrupted.into()),
            Ok(2),
            Err(too_many_files()),
            Ok(3),
            Err(ErrorKind::WouldBlock.into()),
        ]);
        let found: Vec<Accepted<i32>> =
            (0..5).map(|_| next(|| results.pop_front().expect("one more"))).collect();
        let expected =
            [Accepted::One(1), Accepted::One(2), Accepted::Later, Accepted::One(3), Accepted::Nothing];
        assert_eq!(found, expected);
    }
}
