//! Makes a failing trace short: delta debugging (Zeller's ddmin) over its operations.

use crate::operation::Operation;

/// A trace that still fails although no operation of it can be left out alone. `fails` is asked at
/// most `budget` times.
pub fn minimise(
    trace: &[Operation],
    budget: usize,
    mut fails: impl FnMut(&[Operation]) -> bool,
) -> Vec<Operation> {
    let mut trace = trace.to_vec();
    let mut asked = 0;
    let mut piece = trace.len().div_ceil(2).max(1);
    loop {
        let mut shortened = false;
        let mut at = 0;
        while at < trace.len() && asked < budget {
            let mut candidate = trace.clone();
            candidate.drain(at..(at + piece).min(trace.len()));
            asked += 1;
            if !candidate.is_empty() && fails(&candidate) {
                trace = candidate;
                shortened = true;
            } else {
                at += piece;
            }
        }
        match (piece, shortened) {
            _ if asked >= budget => return trace,
            (1, false) => return trace,
            (1, true) => {}
            _ => piece = piece.div_ceil(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Action, Process};
    use abi::VirtAddr;
    use kernel::Width;

    #[test]
    fn only_what_is_needed_stays() {
        let load = |address| Operation {
            process: Process(0),
            action: Action::Load {
                address: VirtAddr(address),
                width: Width::Byte,
            },
        };
        let trace: Vec<Operation> = (0..50).map(load).collect();
        let needed = [load(7), load(31), load(32)];
        let fails = |t: &[Operation]| needed.iter().all(|operation| t.contains(operation));
        assert_eq!(minimise(&trace, 1000, fails), needed);
    }
}
