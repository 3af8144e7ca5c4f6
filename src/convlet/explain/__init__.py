"""Where a model looked: heat maps by covering (any model file) and by gradients (the Keras model)."""

from convlet.explain.gradients import grad_cam, integrated_gradients
from convlet.explain.heat import Heat, overlay
from convlet.explain.occlusion import occlusion

__all__ = ["Heat", "grad_cam", "integrated_gradients", "occlusion", "overlay"]
