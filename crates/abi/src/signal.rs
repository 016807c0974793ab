//! Signals of Linux on x86-64 (signal(7)), their information, and what a process does with them.

use std::fmt;

use crate::address::{Pid, VirtAddr};

macro_rules! signals {
    ($($name:ident $variant:ident = $number:literal, $text:literal;)*) => {
        /// A signal by its Linux number (signal(7)).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Signal {
            $(#[doc = $text] $variant = $number,)*
        }

        impl Signal {
            /// Every standard signal, by ascending number.
            pub const ALL: &'static [Signal] = &[$(Signal::$variant),*];

            /// The C name, such as `SIGSEGV`.
            pub const fn name(self) -> &'static str {
                match self { $(Signal::$variant => stringify!($name),)* }
            }

            /// glibc's text of strsignal(3).
            pub const fn message(self) -> &'static str {
                match self { $(Signal::$variant => $text,)* }
            }
        }
    };
}

signals! {
    SIGHUP Hup = 1, "Hangup";
    SIGINT Int = 2, "Interrupt";
    SIGQUIT Quit = 3, "Quit";
    SIGILL Ill = 4, "Illegal instruction";
    SIGTRAP Trap = 5, "Trace/breakpoint trap";
    SIGABRT Abrt = 6, "Aborted";
    SIGBUS Bus = 7, "Bus error";
    SIGFPE Fpe = 8, "Floating point exception";
    SIGKILL Kill = 9, "Killed";
    SIGUSR1 Usr1 = 10, "User defined signal 1";
    SIGSEGV Segv = 11, "Segmentation fault";
    SIGUSR2 Usr2 = 12, "User defined signal 2";
    SIGPIPE Pipe = 13, "Broken pipe";
    SIGALRM Alrm = 14, "Alarm clock";
    SIGTERM Term = 15, "Terminated";
    SIGSTKFLT Stkflt = 16, "Stack fault";
    SIGCHLD Chld = 17, "Child exited";
    SIGCONT Cont = 18, "Continued";
    SIGSTOP Stop = 19, "Stopped (signal)";
    SIGTSTP Tstp = 20, "Stopped";
    SIGTTIN Ttin = 21, "Stopped (tty input)";
    SIGTTOU Ttou = 22, "Stopped (tty output)";
    SIGURG Urg = 23, "Urgent I/O condition";
    SIGXCPU Xcpu = 24, "CPU time limit exceeded";
    SIGXFSZ Xfsz = 25, "File size limit exceeded";
    SIGVTALRM Vtalrm = 26, "Virtual timer expired";
    SIGPROF Prof = 27, "Profiling timer expired";
    SIGWINCH Winch = 28, "Window changed";
    SIGIO Io = 29, "I/O possible";
    SIGPWR Pwr = 30, "Power failure";
    SIGSYS Sys = 31, "Bad system call";
}

impl Signal {
    /// The number, 1 to 31.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The signal of this number, if it is a standard one.
    pub fn from_number(number: i32) -> Option<Signal> {
        usize::try_from(number)
            .ok()
            .and_then(|n| Signal::ALL.get(n.checked_sub(1)?))
            .copied()
    }

    /// What happens where no handler is set and the signal is not ignored (signal(7)).
    pub const fn default_action(self) -> DefaultAction {
        match self {
            Signal::Chld | Signal::Urg | Signal::Winch => DefaultAction::Ignore,
            Signal::Cont => DefaultAction::Continue,
            Signal::Stop | Signal::Tstp | Signal::Ttin | Signal::Ttou => DefaultAction::Stop,
            _ => DefaultAction::Terminate,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The default action of a signal (signal(7)); core dumps are not modelled, so that they terminate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultAction {
    /// The process ends, killed by the signal.
    Terminate,
    /// Nothing happens.
    Ignore,
    /// The process stops until SIGCONT.
    Stop,
    /// A stopped process goes on.
    Continue,
}

/// Why a signal was raised: `si_code` of sigaction(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignalCode {
    /// SEGV_MAPERR: no mapping at the address.
    SegvMapErr,
    /// SEGV_ACCERR: the mapping does not allow the access.
    SegvAccErr,
    /// BUS_ADRERR: beyond the end of the mapped object.
    BusAdrErr,
    /// SI_KERNEL: sent by the kernel, without an address (a non-canonical access).
    Kernel,
    /// SI_USER: sent by kill(2).
    User,
    /// SI_TKILL: sent by raise(3) or abort(3).
    Tkill,
    /// FPE_INTDIV: integer division by zero, or INT_MIN / -1.
    FpeIntDiv,
    /// CLD_EXITED: a child exited.
    ChildExited,
    /// CLD_KILLED: a child was killed.
    ChildKilled,
    /// CLD_STOPPED: a signal stopped a child.
    ChildStopped,
    /// CLD_CONTINUED: a stopped child went on.
    ChildContinued,
}

impl SignalCode {
    /// The number in `si_code`.
    pub const fn number(self) -> i32 {
        match self {
            SignalCode::SegvMapErr | SignalCode::FpeIntDiv | SignalCode::ChildExited => 1,
            SignalCode::SegvAccErr | SignalCode::BusAdrErr | SignalCode::ChildKilled => 2,
            SignalCode::ChildStopped => 5,
            SignalCode::ChildContinued => 6,
            SignalCode::Kernel => 0x80,
            SignalCode::User => 0,
            SignalCode::Tkill => -6,
        }
    }

    /// The C name, such as `SEGV_MAPERR`.
    pub const fn name(self) -> &'static str {
        match self {
            SignalCode::SegvMapErr => "SEGV_MAPERR",
            SignalCode::SegvAccErr => "SEGV_ACCERR",
            SignalCode::BusAdrErr => "BUS_ADRERR",
            SignalCode::Kernel => "SI_KERNEL",
            SignalCode::User => "SI_USER",
            SignalCode::Tkill => "SI_TKILL",
            SignalCode::FpeIntDiv => "FPE_INTDIV",
            SignalCode::ChildExited => "CLD_EXITED",
            SignalCode::ChildKilled => "CLD_KILLED",
            SignalCode::ChildStopped => "CLD_STOPPED",
            SignalCode::ChildContinued => "CLD_CONTINUED",
        }
    }
}

/// What a handler with SA_SIGINFO is told: `siginfo_t` of sigaction(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignalInfo {
    /// `si_signo`
    pub signal: Signal,
    /// `si_code`
    pub code: SignalCode,
    /// `si_addr`: where the access failed; 0 for signals without an address.
    pub address: VirtAddr,
    /// `si_pid`: the sender of kill(2), or the child of SIGCHLD.
    pub sender: Option<Pid>,
    /// `si_status`: the exit status or signal number of a child of SIGCHLD.
    pub status: i32,
}

impl SignalInfo {
    /// A signal raised by a memory access at `address`.
    pub const fn fault(signal: Signal, code: SignalCode, address: VirtAddr) -> SignalInfo {
        SignalInfo {
            signal,
            code,
            address,
            sender: None,
            status: 0,
        }
    }

    /// A signal sent by process `sender`.
    pub const fn sent(signal: Signal, code: SignalCode, sender: Pid) -> SignalInfo {
        SignalInfo {
            signal,
            code,
            address: VirtAddr(0),
            sender: Some(sender),
            status: 0,
        }
    }
}

/// A set of signals: bit N-1 stands for signal N, as in `sigset_t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SignalSet(pub u64);

impl SignalSet {
    /// Whether `signal` is in the set.
    pub const fn contains(self, signal: Signal) -> bool {
        self.0 & (1 << (signal as u8 - 1)) != 0
    }

    /// The set with `signal`.
    pub const fn with(self, signal: Signal) -> SignalSet {
        SignalSet(self.0 | 1 << (signal as u8 - 1))
    }

    /// The set without `signal`.
    pub const fn without(self, signal: Signal) -> SignalSet {
        SignalSet(self.0 & !(1 << (signal as u8 - 1)))
    }

    /// What can be blocked: all but SIGKILL and SIGSTOP.
    pub const fn blockable(self) -> SignalSet {
        self.without(Signal::Kill).without(Signal::Stop)
    }
}

/// What a process does on a signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// SIG_DFL
    #[default]
    Default,
    /// SIG_IGN
    Ignore,
    /// A function of the program; the number is the program's own name for it (its address).
    Handler(VirtAddr),
}

/// `struct sigaction` of sigaction(2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SignalAction {
    /// `sa_handler` or `sa_sigaction`
    pub disposition: Disposition,
    /// `sa_mask`: blocked while the handler runs.
    pub mask: SignalSet,
    /// `sa_flags`
    pub flags: crate::flags::SaFlags,
}
