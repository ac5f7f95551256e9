"""torchvision's networks in tiny widths and depths."""

from functools import partial

from torch import nn
from torchvision.models import MobileNetV2, MobileNetV3, ResNet, SqueezeNet, VisionTransformer
from torchvision.models.efficientnet import EfficientNet, MBConvConfig
from torchvision.models.mobilenetv3 import InvertedResidualConfig
from torchvision.models.resnet import BasicBlock
from torchvision.models.squeezenet import Fire


class Pooled(nn.Module):
    """(last_hidden_state [batch, channels, h, w], pooler_output [batch, channels, 1, 1])."""

    def __init__(self, features):
        super().__init__()
        self.features = features
        self.pooler = nn.AdaptiveAvgPool2d((1, 1))

    def forward(self, pixel_values):
        last = self.features(pixel_values)
        return last, self.pooler(last)


class Residual(nn.Module):
    """A ResNet with two stages, up to its pooling, with the outputs of Hugging Face's ResNetModel."""

    def __init__(self, width=8):
        super().__init__()
        full = ResNet(BasicBlock, [1, 1, 1, 1], num_classes=2)
        full.inplanes = width
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu, self.maxpool, self.avgpool = full.relu, full.maxpool, full.avgpool
        self.layer1 = full._make_layer(BasicBlock, width, 1)
        self.layer2 = full._make_layer(BasicBlock, 2 * width, 1, stride=2)

    def forward(self, pixel_values):
        x = self.maxpool(self.relu(self.bn1(self.conv1(pixel_values))))
        last = self.layer2(self.layer1(x))
        return last, self.avgpool(last)


def mobilenet_v2():
    net = MobileNetV2(
        num_classes=2, width_mult=0.25, round_nearest=4,
        inverted_residual_setting=[[1, 16, 1, 1], [4, 24, 2, 2], [4, 32, 1, 2]],
    )
    net.features[-1] = nn.Sequential(
        nn.Conv2d(8, 24, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU6(inplace=True)
    )
    return Pooled(net.features)


def mobilenet_v3():
    config = partial(InvertedResidualConfig, width_mult=1.0)
    blocks = [
        config(16, 3, 16, 16, True, "RE", 2, 1),
        config(16, 3, 24, 16, False, "HS", 1, 1),
    ]
    return Pooled(MobileNetV3(blocks, last_channel=16, num_classes=2).features)


def efficientnet():
    config = partial(MBConvConfig, width_mult=1.0, depth_mult=1.0)
    blocks = [config(1, 3, 1, 8, 8, 1), config(4, 3, 2, 8, 8, 2)]
    return Pooled(EfficientNet(blocks, dropout=0.0, stochastic_depth_prob=0.0, num_classes=2).features)


def squeezenet():
    net = SqueezeNet("1_1", num_classes=2)
    net.features = nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        Fire(16, 8, 8, 8),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        Fire(16, 8, 16, 16),
    )
    return Pooled(net.features)


class VisionTransformerFeatures(nn.Module):
    """torchvision's ViT up to the class token: pooler_output [batch, width]."""

    def __init__(self):
        super().__init__()
        self.vit = VisionTransformer(
            image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=2
        )
        self.vit.heads = nn.Identity()

    def forward(self, pixel_values):
        return self.vit(pixel_values)
