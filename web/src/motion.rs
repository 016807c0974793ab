//! When each motion of a step happens, and between which points: a score that is played after the
//! scene of the step is on the screen.
//!
//! [`Score::new`] is a pure function of a [`Transition`] and a [`Drawing`]; [`crate::animate`] plays
//! it with the Web Animations API. A motion lasts at most [`LONGEST`] at speed 1; motions that
//! belong together overlap; a long score is pressed together.

use view::{CellId, MotionKind, Scene, Transition};

use crate::stage::Drawing;
use crate::stage::shape::{Point, Rect};

/// The longest motion, in milliseconds at speed 1.
pub const LONGEST: u32 = 400;
/// The longest score, in milliseconds at speed 1.
const LONGEST_SCORE: u32 = 3200;
/// From the start of a motion to that of its like beside it.
const STAGGER: u32 = 40;
/// Motions after these are told in words alone.
const MOST: usize = 64;

/// A step's motions in time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// The motions that have a place on the stage, by their start.
    pub beats: Vec<Beat>,
    /// When each motion of the transition starts, drawn or not.
    pub starts: Vec<u32>,
    /// Things that are not to be seen before a motion has brought them, and when it has.
    pub arrivals: Vec<(CellId, u32)>,
    /// When the last one ends, in milliseconds.
    pub length: u32,
}

/// One motion on the stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Beat {
    /// Its kind, which is its look.
    pub kind: MotionKind,
    /// Where it goes.
    pub course: Course,
    /// When it starts, in milliseconds.
    pub start: u32,
    /// How long it lasts, in milliseconds.
    pub length: u32,
}

/// The way that a motion takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// From one middle to another.
    Travel {
        /// The start.
        from: Point,
        /// The end.
        to: Point,
    },
    /// A ring at one place.
    Pulse(Rect),
    /// A line that is drawn from one thing to another.
    Draw {
        /// The start.
        from: Rect,
        /// The end.
        to: Rect,
    },
}

impl Score {
    /// The motions of a step over the drawing of the scene that it led to.
    pub fn new(transition: &Transition, drawing: &Drawing, scene: &Scene) -> Score {
        let mut score = Score::default();
        let mut last: Option<(MotionKind, u32)> = None;
        for motion in &transition.motions {
            let length = length(motion.kind);
            let start = match last {
                Some((kind, start)) if kind == motion.kind && is_abreast(kind) => start + STAGGER,
                _ => score.length,
            };
            score.starts.push(start);
            last = Some((motion.kind, start));
            let from = motion
                .from
                .and_then(|id| drawing.place_or_holder(id, scene));
            let to = drawing.place_or_holder(motion.to, scene);
            let Some(course) = course(motion.kind, from, to) else {
                continue;
            };
            if score.beats.len() < MOST {
                score.beats.push(Beat {
                    kind: motion.kind,
                    course,
                    start,
                    length,
                });
                score.length = score.length.max(start + length);
            }
            score.note_arrivals(motion.kind, motion.from, motion.to, start, length);
        }
        score.press();
        score
    }

    fn note_arrivals(
        &mut self,
        kind: MotionKind,
        from: Option<CellId>,
        to: CellId,
        start: u32,
        length: u32,
    ) {
        let arrived = match kind {
            MotionKind::Fill | MotionKind::Copy | MotionKind::Swap => vec![(to, start + length)],
            MotionKind::Zero | MotionKind::Allocate => vec![(to, start + length / 2)],
            MotionKind::Map | MotionKind::TlbFill => {
                let ends = [from, Some(to)].into_iter().flatten();
                ends.map(|id| (id, start + length)).collect()
            }
            _ => return,
        };
        for (id, when) in arrived {
            let hides = matches!(
                id,
                CellId::Page { .. } | CellId::Frame(_) | CellId::Cached { .. } | CellId::Tlb { .. }
            );
            if hides && !self.arrivals.iter().any(|(known, _)| *known == id) {
                self.arrivals.push((id, when));
            }
        }
    }

    /// Presses a long score together.
    fn press(&mut self) {
        if self.length <= LONGEST_SCORE {
            return;
        }
        let whole = self.length;
        let pressed = |time: u32| time * LONGEST_SCORE / whole.max(1);
        for beat in &mut self.beats {
            beat.start = pressed(beat.start);
            beat.length = pressed(beat.length).max(80);
        }
        for start in &mut self.starts {
            *start = pressed(*start);
        }
        for (_, when) in &mut self.arrivals {
            *when = pressed(*when);
        }
        self.length = LONGEST_SCORE;
    }
}

/// How long a motion lasts, in milliseconds.
const fn length(kind: MotionKind) -> u32 {
    use MotionKind as K;
    match kind {
        K::Fill | K::Copy | K::Writeback | K::Swap | K::Fork => LONGEST,
        K::Signal | K::Miss | K::Retry => 380,
        K::Zero | K::CopyBytes | K::Map | K::TlbHit => 320,
        K::Access | K::Protect | K::Unmap | K::Evict | K::Shootdown | K::Appear => 260,
        K::TlbMiss | K::TlbFill | K::Dirty | K::Allocate | K::Free => 220,
        K::Walk | K::Touch | K::Vanish | K::Print => 150,
    }
}

/// Whether neighbours of the kind happen side by side rather than one after the other.
const fn is_abreast(kind: MotionKind) -> bool {
    use MotionKind as K;
    matches!(
        kind,
        K::Touch
            | K::Dirty
            | K::Protect
            | K::Appear
            | K::Vanish
            | K::Free
            | K::Allocate
            | K::Unmap
            | K::Map
            | K::Shootdown
            | K::Evict
            | K::Writeback
            | K::Fill
            | K::Print
    )
}

fn course(kind: MotionKind, from: Option<Rect>, to: Option<Rect>) -> Option<Course> {
    use MotionKind as K;
    let to = to?;
    match (kind, from) {
        (K::Print | K::Vanish, _) => None,
        (K::Map | K::Fork, Some(from)) if from != to => Some(Course::Draw { from, to }),
        (
            K::Access
            | K::Retry
            | K::Walk
            | K::Fill
            | K::Copy
            | K::CopyBytes
            | K::Writeback
            | K::Swap
            | K::TlbFill,
            Some(from),
        ) if from != to => Some(Course::Travel {
            from: from.middle(),
            to: to.middle(),
        }),
        _ => Some(Course::Pulse(to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::Frame;
    use view::{Motion, NodeView, PageKind, PageRun, Pfn};

    fn scene() -> Scene {
        let cell = |n| view::Cell {
            id: CellId::Frame(Pfn(n)),
            kind: PageKind::Anonymous,
            frame: Some(Pfn(n)),
            marks: Default::default(),
        };
        let node = NodeView {
            id: CellId::Node(0),
            number: 0,
            frames: 8,
            free: 0,
            runs: vec![PageRun::Cells((0..8).map(cell).collect())],
        };
        Scene {
            nodes: vec![node],
            ..Scene::default()
        }
    }

    fn score(motions: &[(MotionKind, u32, u32)]) -> Score {
        let frame = Frame {
            width: 804,
            folded: [].into(),
            coarse: false,
        };
        let scene = scene();
        let motion = |(n, &(kind, from, to)): (usize, &(MotionKind, u32, u32))| Motion {
            kind,
            from: Some(CellId::Frame(Pfn(from))),
            to: CellId::Frame(Pfn(to)),
            event: n as u32,
            words: String::new(),
        };
        let motions = motions.iter().enumerate().map(motion).collect();
        Score::new(
            &Transition { motions },
            &Drawing::new(&scene, &frame),
            &scene,
        )
    }

    #[test]
    fn motions_follow_each_other_and_no_motion_is_long() {
        let score = score(&[
            (MotionKind::Copy, 1, 2),
            (MotionKind::Protect, 1, 1),
            (MotionKind::Protect, 2, 2),
            (MotionKind::Retry, 0, 2),
        ]);
        let starts: Vec<u32> = score.beats.iter().map(|beat| beat.start).collect();
        assert_eq!(starts, [0, 400, 440, 700]);
        assert!(score.beats.iter().all(|beat| beat.length <= LONGEST));
        assert_eq!(score.arrivals, [(CellId::Frame(Pfn(2)), 400)]);
    }

    #[test]
    fn long_scores_are_pressed_together() {
        let motions = [(MotionKind::Copy, 1, 2); 200];
        let score = score(&motions);
        assert_eq!((score.beats.len(), score.starts.len()), (64, 200));
        assert_eq!(score.length, LONGEST_SCORE);
        assert!(score.beats.iter().all(|beat| beat.start <= LONGEST_SCORE));
    }

    #[test]
    fn what_is_not_drawn_does_not_move() {
        assert_eq!(score(&[(MotionKind::Copy, 1, 99)]).beats, []);
        let pulse = &score(&[(MotionKind::Fill, 99, 1)]).beats[0];
        assert!(matches!(pulse.course, Course::Pulse(_)));
    }
}
