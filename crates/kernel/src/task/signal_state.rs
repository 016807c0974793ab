//! What a process does on signals, which it blocks, and which wait for it (`struct sighand_struct`).

use std::rc::Rc;

use abi::{DefaultAction, Disposition, Signal, SignalAction, SignalInfo, SignalSet};

/// The signal side of a process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signals {
    /// By signal number less one.
    actions: Rc<[SignalAction]>,
    /// Blocked signals: they wait.
    pub mask: SignalSet,
    /// Raised and not yet taken, each signal at most once.
    pending: Vec<SignalInfo>,
    /// The masks to go back to when the handlers that run return, the innermost last.
    pub saved_masks: Vec<SignalSet>,
}

impl Default for Signals {
    fn default() -> Self {
        Signals {
            actions: Signal::ALL
                .iter()
                .map(|_| SignalAction::default())
                .collect(),
            mask: SignalSet::default(),
            pending: Vec::new(),
            saved_masks: Vec::new(),
        }
    }
}

/// Signals that an instruction raises come before those that others send.
const SYNCHRONOUS: [Signal; 6] = [
    Signal::Segv,
    Signal::Bus,
    Signal::Ill,
    Signal::Trap,
    Signal::Fpe,
    Signal::Sys,
];

impl Signals {
    /// What a child of fork(2) gets: all but the pending ones.
    pub fn forked(&self) -> Signals {
        Signals {
            pending: Vec::new(),
            ..self.clone()
        }
    }

    /// What happens on this signal.
    pub fn action(&self, signal: Signal) -> SignalAction {
        let index = signal as usize - 1;
        self.actions.get(index).copied().unwrap_or_default()
    }

    /// Sets what happens on this signal.
    pub fn set_action(&mut self, signal: Signal, action: SignalAction) {
        let index = signal as usize - 1;
        if let Some(old) = Rc::make_mut(&mut self.actions).get_mut(index) {
            *old = action;
        }
    }

    /// Whether a handler of the program runs on this signal.
    pub fn has_handler(&self, signal: Signal) -> bool {
        matches!(self.action(signal).disposition, Disposition::Handler(_))
    }

    /// Whether nothing happens on this signal, by choice or by default.
    pub fn is_ignored(&self, signal: Signal) -> bool {
        match self.action(signal).disposition {
            Disposition::Ignore => true,
            Disposition::Default => signal.default_action() == DefaultAction::Ignore,
            Disposition::Handler(_) => false,
        }
    }

    /// Adds a pending signal; `false` where it is pending already.
    pub fn add_pending(&mut self, info: SignalInfo) -> bool {
        let is_new = !self.pending.iter().any(|old| old.signal == info.signal);
        if is_new {
            self.pending.push(info);
        }
        is_new
    }

    /// Forgets a pending signal.
    pub fn discard(&mut self, signal: Signal) {
        self.pending.retain(|info| info.signal != signal);
    }

    /// Which signals are pending.
    pub fn pending(&self) -> SignalSet {
        let signals = self.pending.iter().map(|info| info.signal);
        signals.fold(SignalSet::default(), SignalSet::with)
    }

    /// The pending signal that is to be taken next: not blocked, those of instructions first, then
    /// the lowest number.
    pub fn next(&self) -> Option<SignalInfo> {
        let free = self
            .pending
            .iter()
            .filter(|info| !self.mask.contains(info.signal));
        free.min_by_key(|info| (!SYNCHRONOUS.contains(&info.signal), info.signal))
            .copied()
    }
}
