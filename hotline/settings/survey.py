"""Settings of the satisfaction survey: how many are asked, and what (P10.3); nobody, as it is shipped."""

from typing import Annotated

from pydantic import BaseModel, Field

from hotline.settings.kinds import TUNABLE


class SurveySettings(BaseModel):
    """Shares in percent of who is asked, drawn by a hash; 0 = nobody."""

    survey_share: Annotated[int, TUNABLE] = Field(
        0, ge=0, le=100, description="percent of talks behind which the caller is asked; 0 = none"
    )
    survey_questions: Annotated[int, TUNABLE] = Field(
        1, ge=1, le=3, description="questions that are asked: the service, how clear it was, how long it took"
    )
    survey_words: Annotated[int, TUNABLE] = Field(
        1, ge=0, le=1, description="whether free words are asked for behind them, after a tone; 0 = no"
    )
    survey_seed: Annotated[str, TUNABLE] = Field(
        "1999", min_length=1, max_length=64, description="the word by which it is drawn; another draws others"
    )
    survey_mail: Annotated[int, TUNABLE] = Field(
        0, ge=0, le=100, description="percent of closed cases whose petitioner is asked by e-mail; 0 = none"
    )
    survey_callback: Annotated[int, TUNABLE] = Field(
        0,
        ge=0,
        le=100,
        description="percent of closed cases whose petitioner, without e-mail, is called; 0 = none",
    )
