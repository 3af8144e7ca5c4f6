"""Where a model looked: heat maps by covering (any model file) and by gradients (the Keras model)."""

from convlet.explanations.gradients import grad_cam, integrated_gradients
from convlet.explanations.heat import Heat, overlay
from convlet.explanations.occlusion import occlusion

__all__ = ["Heat", "grad_cam", "integrated_gradients", "occlusion", "overlay"]
