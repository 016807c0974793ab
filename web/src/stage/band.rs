//! The part of a large drawing that is on the page: its rows that are in view, or near. A browser that has ten thousand
//! cells to style, lay out and paint takes ten times as long for a step as the model.

use super::shape::Rect;

/// The edges lie on multiples of this, so that few scrolls move them.
const STEP: i32 = 128;

/// A stretch of the drawing from one height to another, in the stage's pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    top: i32,
    bottom: i32,
}

impl Band {
    /// What a window of this height shows whose upper edge lies at `top`, and a quarter as much above it and below.
    pub const fn around(top: i32, height: i32) -> Band {
        let top = (top - height / 4).div_euclid(STEP) * STEP;
        Band {
            top,
            bottom: top + height + height / 2 + STEP,
        }
    }

    /// Whether some of it is near.
    pub const fn shows(self, rect: Rect) -> bool {
        rect.y < self.bottom && rect.y + rect.h > self.top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_view_is_near_wherever_the_edges_lie() {
        for top in -300..900 {
            let band = Band::around(top, 400);
            let at = |y| band.shows(Rect::new(0, y, 24, 24));
            assert!(at(top - 100) && at(top + 500), "{top}");
            assert!(!at(top - 252) && !at(top + 628), "{top}");
        }
    }
}
