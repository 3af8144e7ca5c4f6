"""Show where a model looked: heat maps from occlusion (any model file) and from gradients (the Keras model)."""

from convlet.explanations.explain import explain
from convlet.explanations.gradients import grad_cam, integrated_gradients
from convlet.explanations.heat import Heat, overlay
from convlet.explanations.occlusion import occlusion

__all__ = ["Heat", "explain", "grad_cam", "integrated_gradients", "occlusion", "overlay"]
