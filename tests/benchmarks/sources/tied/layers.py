from torch import nn


class Net(nn.Module):
    """One table, used to read words and to write them."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(50, 8)
        self.out = nn.Linear(8, 50, bias=False)
        self.out.weight = self.table.weight

    def forward(self, ids, offset=None, mask=None):
        found = self.table(ids)
        if mask is not None:
            found = found * mask.unsqueeze(-1).to(found.dtype)
        return {"logits": self.out(found), "hidden": found}
