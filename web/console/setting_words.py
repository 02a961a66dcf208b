"""Settings in the words of the page: what each means, how its value is written, and why one cannot be."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from hotline.runtime_settings.rules import Origin
from hotline.settings import SECRETS, Settings
from hotline.settings.kinds import as_written
from web.console.language import ENGLISH, _, _l, current
from wording import length

GROUPS: Final[Sequence[tuple[Any, Sequence[str]]]] = (
    (_l("轉接"), ("transfer_ring", "transfer_neighbour_ring", "transfer_neighbours")),
    (_l("等候與緊急"), ("queue_talk", "supervisor_ring", "caller_calls_free")),
    (_l("即時看板"), ("service_level_goal", "wait_warning", "wait_alarm")),
    (_l("話務台"), ("after_call", "recovery", "talk_alerts", "recording_pause", "recording_refused")),
    (_l("回電"), ("callback_remind", "callback_attempts", "callback_lease", "verify_attempts")),
    (_l("通知與異動"), ("notice_night", "change_notice_days")),
    (
        _l("手語視訊服務"),
        ("video_hours", "video_break", "video_block", "video_extension", "video_extensions"),
    ),
    (
        _l("滿意度調查"),
        (
            "survey_share",
            "survey_questions",
            "survey_words",
            "survey_seed",
            "survey_mail",
            "survey_callback",
        ),
    ),
)
"""The settings that can be set at run time, as people look for them."""
MEANINGS: Final[Mapping[str, Any]] = {
    "transfer_ring": _l("轉接時，先響被指定的分機這麼久；沒人接才響鄰座。"),
    "transfer_neighbour_ring": _l("指定的分機沒人接時，每個鄰座響這麼久。"),
    "transfer_neighbours": _l("指定的分機沒人接時，最多依序響幾個鄰座；0 就是不響鄰座。"),
    "queue_talk": _l("每通電話平均談多久；還沒有量到等候的速度時，用它預估要等幾分鐘。"),
    "supervisor_ring": _l("話務人員按緊急鍵時，主管的電話響這麼久。"),
    "caller_calls_free": _l(
        "手語轉接中心、學校、醫院等總機的號碼，同時打來的通數不受限制；用逗號分開，例如 0229603456,0800080123。"
    ),
    "service_level_goal": _l("服務水準的目標（百分比）：低於目標時，看板與大螢幕看板以顏色和文字標出。"),
    "wait_warning": _l("民眾等候這麼久還沒有人接，看板標為「偏久」。"),
    "wait_alarm": _l("民眾等候這麼久還沒有人接，看板標為「過久」。"),
    "after_call": _l("話務人員通話後這麼久之內不派新來電，直到選好服務類型（話機按 **5）；0 就是沒有。"),
    "recovery": _l(
        "話務人員接完特殊來電或緊急來電後，這麼久之內不派新來電；準備好了可以提早恢復，0 就是和一般通話後一樣。"
    ),
    "talk_alerts": _l("通話到這些分鐘數時，話務台提醒一次；用逗號分開，例如 5,10，留空就不提醒。"),
    "recording_pause": _l("話務人員在民眾說身分證字號時暫停錄音；忘了恢復，過了這麼久就自動恢復。"),
    "recording_refused": _l("民眾不同意錄音時，話務台請話務人員告知的其他管道。"),
    "callback_remind": _l("登記回電之後，經過這麼多上班時間還沒處理，就提醒承辦人；必須短於回電時限。"),
    "callback_attempts": _l("回電時這麼多次都聯絡不上民眾，就以「聯絡不上」結案。"),
    "callback_lease": _l("有人認領回電後，這麼久沒有任何動作，就放回去讓別人處理。"),
    "verify_attempts": _l("案件涉及特定人時，立案前回撥民眾確認身分，最多這麼多次。"),
    "notice_night": _l("可以等的通知在這段時間不發送，早上再送；寫成 21:00-09:00，留空就是隨時發送。"),
    "change_notice_days": _l("辦公室搬遷、人員或號碼異動，要在生效前這麼多個上班日通知；較晚的會標為逾期。"),
    "video_hours": _l("手語視訊服務在週一至週五的這段時間開放，例如 08:30-17:30；國定假日與停班日不開放。"),
    "video_break": _l("手語視訊服務的午休時段，例如 12:30-13:30；留空就是沒有。"),
    "video_block": _l("每位民眾使用手語視訊服務的時間。"),
    "video_extension": _l("時間到了而沒有人等候時，再延長這麼久。"),
    "video_extensions": _l("每位民眾最多延長幾次；0 就是不延長。"),
    "survey_share": _l(
        "話務人員或承辦人掛斷後，請多少百分比的民眾留在線上評分；0 就是不請。請誰由電腦抽出，特殊來電、緊急來電、未顯示號碼和 30 天內請過的都不請。"
    ),
    "survey_questions": _l("評分問幾題（1 到 3）：整體服務、說明是否清楚、等候時間。"),
    "survey_words": _l("評分後是否請民眾在嗶聲後說出意見：1 是，0 否。"),
    "survey_seed": _l("抽出要請誰評分所用的字；換一個字，抽出的就不同。"),
    "survey_mail": _l(
        "案件結案後，有留電子郵件的民眾，請多少百分比在網頁上評分；調查碼寄到電子郵件。0 就是不寄。"
    ),
    "survey_callback": _l(
        "案件結案後，只留電話的民眾，請多少百分比由話務人員在上班時間回電請教；0 就是不打。"
    ),
    "home": "存放所有狀態的目錄",
    "cache": "兩次安裝之間保留的下載檔",
    "menus": "選單檔案（*.toml）的目錄",
    "database_url": "共用資料庫的位址；留空就用本機的 SQLite",
    "database_password_file": "資料庫密碼所在的檔案",
    "node": "這台主機的名字，用在通話編號、錄音與故障單；每台不同，用了就不再改",
    "roles": "幾台主機共用資料庫時，這台負責哪些工作：node 接聽電話、web 簡訊與 Twilio、console 網頁、jobs 全體只做一次的排程；留空就是全部",
    "sip_address": "Asterisk 的 SIP 和 RTP 接聽的位址",
    "sip_port": "SIP 的 UDP 埠",
    "rtp_from": "RTP 的第一個 UDP 埠",
    "rtp_to": "RTP 的最後一個 UDP 埠",
    "trunk_match": "電信業者中繼線的位址，其他一律拒絕",
    "trunk_contact": "撥打市外號碼時，電信業者的位址和埠",
    "trunk_second_match": "第二條中繼線的位址；留空就是 trunk_second_contact 的位址",
    "trunk_second_contact": "第二條中繼線的位址和埠，第一條不接的外線電話由它撥出；留空就是沒有",
    "trunk_options": _l(
        "多久確認一次中繼線有沒有回應；沒有回應時，撥出立刻失敗並成為故障單；有兩條時至少每五秒一次；0 就是不確認，本機的示範線路也不確認"
    ),
    "sip_encrypted": "只用 TLS 和 SRTP 的線路：trunk、trunk-second、officers、phones，以逗號分隔",
    "sip_tls_port": "SIP 用 TLS 的 TCP 埠，有憑證才開啟",
    "sip_certificate_file": "SIP 用 TLS 的憑證檔，含中繼憑證；留空就不用 TLS",
    "sip_key_file": "sip_certificate_file 的私鑰檔",
    "sip_authority_file": "簽發電信業者與交換機憑證的機構；留空就用本機信任的機構",
    "numbers": "打得進來的號碼，依電信業者送來的寫法",
    "edge_phones": "電話註冊的前端（edge）位址和埠，每台主機都從那裡撥到電話；留空就是直接註冊到這台主機",
    "other_nodes": "其他主機，寫成 名字=位址:埠，用逗號分開；彼此通知哪支電話通話中",
    "ami_address": "Asterisk 管理介面聽的位址；幾台主機共用資料庫時，填它們之間內部網路的位址，別台的網頁才能操作這台的通話",
    "ami_peers": "可以使用這個管理介面的其他主機：位址或網段",
    "agi_address": "兩個 AGI 程序的位址",
    "agi_ports": "兩個 AGI 程序的 TCP 埠",
    "agi_peers": "可以要求決策的網段",
    "agi_sessions": "最多同時進行幾個決策",
    "agi_rate": "每秒最多幾個決策，超過的來電者改為等候服務人員",
    "ami_port": "Asterisk 管理介面的 TCP 埠",
    "web_address": "健康檢查與指標的位址",
    "web_port": "健康檢查與指標的 TCP 埠",
    "console_address": "這些網頁的位址",
    "console_port": "這些網頁的 TCP 埠",
    "security_contact": "別人發現安全弱點時通報的信箱、網址或電話，公布在網頁上；留空就不公布",
    "console_url": "瀏覽器怎麼連到這些網頁，用在通知裡的連結；留空就用接聽的位址",
    "console_hops": "網頁前面有幾層自己的代理伺服器，相信它們的 X-Forwarded-* 標頭",
    "api_rate": "API 的每支金鑰每分鐘最多幾次請求；Open311 和開放統計的每個網路位址也是",
    "open311_jurisdiction": "Open311 的 jurisdiction_id，程式可以不填",
    "open311_reports": "外部程式能不能以專用金鑰從 Open311 送出通報",
    "browser_phones": "瀏覽器能不能打電話：開啟 Asterisk 的 WebSocket，/phone 可撥 1999",
    "browser_port": "Asterisk 的 WebSocket 的 TCP 埠，只在 127.0.0.1",
    "video_address": "手語視訊網頁的簡短網址，電話按 4 時逐字唸出並以簡訊傳給手機，例如 sign.example.tw；留空就只說服務時間",
    "browser_url": "瀏覽器怎麼連到 WebSocket；留空就用接聽的位址",
    "oidc_issuer": "市府登入服務（OpenID Connect）自稱的網址；留空就用本系統的帳號登入",
    "oidc_client_id": "市府登入服務給本系統的名字",
    "oidc_secret_file": "與市府登入服務約定的密語檔，取第一行",
    "oidc_scopes": "向市府登入服務要的範圍，一定要有 openid",
    "oidc_second_factor": "市府登入服務用哪些字表示已用第二種方式證明身分；沒有這些字，管理員不能由它登入",
    "oidc_wait": "等市府登入服務回應最久多少",
    "oidc_away": "市府登入服務沒有回應時，登入最多再維持多久",
    "oidc_unconfirmed": "市府登入服務這麼久沒有確認的帳號，API 金鑰與電話暫停",
    "syslog": "稽核與資安紀錄以 JSON 送到哪裡，例如 tls://log.example:6514；留空就不送",
    "syslog_authority_file": "簽發收集端憑證的機構憑證檔；留空就用本機信任的機構",
    "turn_address": "視訊中繼（coturn）接聽與轉送所用的位址；留空就不啟動，視訊只能直接連線",
    "turn_external": "經過位址轉換時，外面看到的中繼位址；留空就是同一個",
    "turn_port": "視訊中繼的 UDP 與 TCP 埠",
    "turn_tls_port": "視訊中繼以 TLS 接聽的 TCP 埠，要先設定憑證",
    "turn_media_from": "視訊中繼轉送所用的第一個 UDP 埠",
    "turn_media_to": "視訊中繼轉送所用的最後一個 UDP 埠",
    "turn_certificate": "視訊中繼的憑證檔，含中繼憑證；留空就不用 TLS",
    "turn_key": "視訊中繼憑證的私鑰檔，coturn 的使用者要能讀取",
    "turn_peers": "瀏覽器所在的非公開網段，例如機關內網；中繼也轉送到這些網段",
    "turn_urls": "瀏覽器怎麼連到視訊中繼；留空就用自己的 coturn 接聽的位址",
    "turn_secret_file": "與視訊中繼共用的密語檔，最新的在第一行；留空就由系統自己產生",
    "node_calls": "這台機器最多同時接聽幾通民眾來電（每通要 6 個 RTP 埠），超過的由電信業者改接別處",
    "caller_calls": "同一個來電號碼最多同時幾通，超過的改為登記回電",
    "visitor_calls": "同一個瀏覽器在 /phone 最多同時幾通電話",
    "visitor_sockets": "同一個瀏覽器在 /phone 最多同時幾條 WebSocket 連線",
    "visitor_accounts": "同一個網路位址每小時最多幾個新的瀏覽器可以在 /phone 打電話；展示環境的本機不計",
    "visitor_callbacks": "瀏覽器打不進來時，同一個網路位址每小時最多登記幾筆回電",
    "visitor_stay": "瀏覽器在 /phone 的帳號保留多久",
    "browser_sockets": "所有打電話的瀏覽器最多同時幾條 WebSocket 連線",
    "phone_silence": "話務人員的話機或瀏覽器在通話中這麼久沒有聲音，就當作斷線，來電者排到最前面",
    "decision_limit": "Asterisk 等一個決策最久的時間",
    "decision_database_wait": "決策時最多等資料庫多久",
    "job_database_wait": "定時工作最多等資料庫多久",
    "queue_slice": "等候時兩次播報之間的音樂長度",
    "queue_ring": "一位服務人員的電話響鈴多久",
    "office_opens": "上班時間開始",
    "office_closes": "上班時間結束",
    "office_break": "午休時段，例如 12:30-13:30；留空就是沒有",
    "city": "全新安裝時的虛構城市：70 個座位或 3,000 個",
    "faq_reply_days": _l("機關要在幾天內答覆題庫的請求"),
    "faq_clock": "faq_reply_days 的計算方式：上班日或日曆天",
    "callback_hours": "要在多少上班時間內回電",
    "callback_clock": "回電時限與提醒的計算方式：上班時間或所有時間",
    "petition_clock": "陳情案件各項日數的計算方式：工作日或日曆天",
    "petition_redispatch_days": "不屬本機關權責的陳情案件，幾日內退回改分",
    "petition_assign_hours": "沒有承辦機關的案件，多少上班時間後第一次催辦分派",
    "petition_joint_days": "涉及其他機關的陳情案件，幾日內完成併會",
    "petition_reply_days": "陳情案件幾日內回復民眾",
    "petition_extended_days": "陳情案件經核准展延後，自成案起的日曆天數",
    "petition_tracking_days": "函轉市府以外機關的案件，每隔幾天追蹤一次",
    "review_days": "案件檢討報告，機關幾個工作日內提出",
    "quick_clock": "快速案件時限的計算方式：所有時間或上班時間",
    "quick_sign": "快速案件多久內要簽收",
    "quick_second_reminder": "快速案件逾時未簽收，是否再次催辦",
    "quick_stage2_from": "第二階段時限從成案或從核准起算",
    "quick_overdue_mail_at": "每天幾點寄發逾限未回覆的快速案件清單",
    "quick_overdue_days": "逾限清單每天寄發，或只在工作日寄發",
    "quick_false_limit": "同一地點、同一事由連續幾次查無違規或不當，機關才可以來函改列一般案件",
    "case_tries_caller": "同一位來電者一小時最多按鍵輸入幾次案號或取消碼",
    "case_tries_case": "同一件案件一小時最多讓來電者按鍵查詢或取消幾次；超過就由服務人員處理",
    "track_misses_address": "同一個網路位址一小時內，網頁查詢案件最多錯幾次",
    "track_misses_case": "同一個案號一天內，網頁查詢最多錯幾次；超過就只能用電子郵件裡的取消碼",
    "track_misses_all": "全部合計一小時內，網頁查詢錯幾次以後，每次查詢都要先等十秒",
    "repeat_contact_hours": "民眾為同一案件再次來電時，承辦人要在多久之內主動聯絡",
    "repeat_contact_clock": "repeat_contact_hours 的計算方式：上班時間或所有時間",
    "callback_given_daily": "來電者一天最多可以另留幾個回電號碼",
    "callback_given_open": "來電者另留的同一個號碼，最多同時有幾件待回電",
    "callback_ring": "回電時承辦人和民眾的電話響鈴多久",
    "message_port": "接收語音留言的 TCP 埠",
    "message_longest": "語音留言最長多久",
    "officers_contact": "承辦人分機所在交換機的位址和埠",
    "ring_period": "一聲鈴響的長度，用來計算響了幾聲",
    "ring_most": "幾聲之內接聽算準時",
    "transfer_hunt": "為一個分機找人最久的時間",
    "special_cap": "特殊來電最長多久，從服務人員接聽起算",
    "special_guidances": "引導幾次之後結束特殊來電",
    "special_answer": "引導後這麼久沒有說出事由，就算一次失敗",
    "special_spoken_warning": "結束前多久向民眾播放即將結束的提醒",
    "supervisors": _l("緊急時會響的主管電話"),
    "call_longest": "所有來電最長多久，從接聽起算；0 就是不限",
    "outbound_abroad": "准許撥打的國外號碼開頭，例如 +81；留空就只撥國內",
    "outbound_access": "撥打國外號碼時，電信業者要求先撥的號碼",
    "outbound_daily": "一天最多撥打幾通外線電話；110、119 和值班人員除外",
    "outbound_at_once": "同一時間最多幾通外線電話；超過上限時會告知撥打的人並示警",
    "outbound_person": "系統一天最多替一位服務人員或承辦人撥打幾通電話",
    "drain_minutes": _l("Asterisk 要停止時，通話中的電話最多再繼續幾分鐘；這段時間不接新電話"),
    "recording_from": "從什麼時候開始錄音：person 是有人接聽之後（選單、音樂與響鈴都不錄），answer 是聽完告知就開始",
    "recording_alarm": "錄音遺失後多久之內示警",
    "recording_minimum_free": "任何存放通話資料的磁碟，剩餘空間少於多少位元組時示警",
    "recording_codec": "錄音怎麼壓縮：flac 不失真，opus 只占五分之一",
    "recording_sealed_after": "錄音停止變動多久之後加密；在那之前是未加密的檔案",
    "recording_storage": "加密後的錄音放在哪裡：folder（HOTLINE_HOME/sealed）、s3 或 s3_second；放在別處的會搬過來",
    "s3_endpoint": "相容 S3 的儲存服務的位址，不含儲存桶；只要還有錄音放在那裡就要設定",
    "s3_bucket": "儲存桶，只給這套系統使用；有 s3_endpoint 就要有",
    "s3_region": "簽署請求時使用的區域",
    "s3_key_file": "帳號檔案：第一行是存取金鑰，第二行是密鑰；有 s3_endpoint 就要有",
    "s3_authority": "簽發儲存服務憑證的機構的憑證；留空就用本機的清單",
    "s3_second_endpoint": "另一個相容 S3 的儲存服務的位址；錄音可以在通話照常時從一個搬到另一個",
    "s3_second_bucket": "另一個儲存服務的儲存桶；有 s3_second_endpoint 就要有",
    "s3_second_region": "簽署給另一個儲存服務的請求時使用的區域",
    "s3_second_key_file": "另一個儲存服務的帳號檔案，寫法同 s3_key_file；有 s3_second_endpoint 就要有",
    "s3_second_authority": "簽發另一個儲存服務憑證的機構的憑證；留空就用本機的清單",
    "s3_wait": "最多等儲存服務回答多久",
    "journal_keep": _l("待登錄的紀錄與通話事件紀錄登錄之後再保留多久，供資料庫還原舊備份時補回"),
    "journal_kept_most": "已登錄的紀錄檔最多保留多少位元組；超過時從最舊的刪除",
    "journal_second": "另一台機器的目錄，說出回電承諾之前先把紀錄抄到那裡；目錄必須已經存在，留空就是不抄",
    "journal_second_wait": "民眾最多為那份抄本等多久",
    "backup_folder": "備份放在哪個目錄，要在別台機器或別的磁碟，必須已經存在；留空就是不自動備份",
    "backup_every": "每隔多久備份一次；主機毀損時最多損失這麼久的資料",
    "backup_keep": "備份保留多久；到期就刪除，期間刪除的個人資料也隨之消失",
    "backup_database": "備份是否含資料庫：copy 是含，apart 是由資料庫管理者以交易紀錄檔另行備份",
    "backup_keys": "每次備份把金鑰另抄到哪個目錄，必須和備份分開；留空就是不抄",
    "public_url": "Twilio 連到這裡的位址；留空就是沒有",
    "twilio_account": "Twilio 帳號的編號；留空就是沒有",
    "twilio_tokens": "Twilio 的密鑰，目前的在前；更換時可以有兩個",
    "twilio_tokens_file": "改從檔案讀取密鑰，一行一個",
    "twilio_api": "Twilio REST API 的位址",
    "twilio_operator": "我們無法接聽時，由這個號碼的人接聽 Twilio 來電；留空就是不接 Twilio 來電",
    "twilio_exchange": "Twilio 連到我們 Asterisk 的位址；留空就是不接 Twilio 來電",
    "twilio_fallback": "備援文件所在的位址，要在別台機器上",
    "twilio_match": "Twilio 的 SIP 位址與網段，其他一律拒絕",
    "twilio_wait": "最多等 Twilio REST API 多久",
    "sms_gateway": "由誰發送簡訊：files（只寫成檔案）或 twilio",
    "sms_sender": "Twilio 發送簡訊用的號碼或服務",
    "smtp_host": "郵件伺服器；留空就把信寫成檔案",
    "smtp_port": "郵件伺服器的 TCP 埠；一定要加密",
    "smtp_user": "郵件伺服器的帳號；留空就是不需要",
    "smtp_password": "郵件伺服器的密碼",
    "smtp_password_file": "改從檔案讀取郵件密碼",
    "smtp_authority": "簽發郵件伺服器憑證的機構的憑證；留空就用本機的清單",
    "smtp_wait": "最多等郵件伺服器回答多久",
    "mail_sender": "寄件人的信箱；有 smtp_host 就要有",
    "case_push_url": "案件的每一筆異動以 JSON 送往的網址；留空就不送",
    "case_push_token_file": "送件用權杖（bearer token）的檔案，每次送出前重新讀取",
    "case_push_authority": "簽發對方伺服器憑證的機構的憑證；留空就用本機的清單",
    "case_push_wait": "最多等對方回答多久",
    "case_line_folder": "同樣的資料寫成檔案的目錄；留空就不寫",
    "case_reply_folder": "讀取外部系統回覆檔的目錄；留空就不讀",
    "case_reply_login": "處理回覆檔時使用的帳號；有 case_reply_folder 就要有",
    "keys_file": "加密資料列、錄音與紀錄所用金鑰的檔案，備份要和其他備份分開保管；留空就在 HOTLINE_HOME/keys",
    "keys_command": "改由這個指令印出金鑰檔案的內容；留空就不用",
    "audit_anchors": "稽核紀錄每日錨點的目錄，最好在別台機器；留空就在 HOTLINE_HOME/anchors",
    "deletion_log": "刪除紀錄的目錄，最好在別台機器，並與資料庫的備份分開；留空就在 HOTLINE_HOME/deletions",
    "retention_talk": "通話錄音保存多久",
    "retention_message": "語音留言在通話結束後保存多久",
    "retention_special": "特殊來電的錄音保存多久",
    "retention_emergency": "緊急來電的錄音保存多久",
    "retention_calls": "來電紀錄的號碼與文字保存多久",
    "retention_promises": "回電結案後，號碼、姓名與事由保存多久",
    "retention_case_minimum": "法令規定案件檔案的最低保存年限；以下四項都不能比它短",
    "retention_case_contact": "案件結案後，姓名與聯絡方式保存多久",
    "retention_case_place": "案件結案後，地點保存多久",
    "retention_case_text": "案件結案後，內容與辦理文字保存多久",
    "retention_case_photos": "案件結案後，照片保存多久",
    "retention_special_list": "移出特殊名單後，號碼與理由保存多久",
    "retention_notices": "通知發送後，收件人與內容保存多久",
    "retention_chats": "文字對話保存多久",
    "retention_video": "手語視訊的帳號停用後，以及視訊服務結束後，個人資料保存多久",
    "retention_surveys": "滿意度調查的文字保存多久",
    "retention_exports": "匯出檔與調閱資料包在磁碟上保存多久",
    "retention_outbox": "以檔案存放的通知保存多久",
    "retention_uploads": "上傳待匯入的檔案保存多久",
    "retention_logs": "已換檔的系統日誌保存多久",
    "log_level": "記錄的最低等級",
}
"""What each setting is for. Of what counts from a start on the English is the setting's own description, but
where it is put here to be translated.
"""
ORIGINS: Final[Mapping[Origin, Any]] = {
    Origin.PAGES: _l("在這裡設定"),
    Origin.ENVIRONMENT: _l("環境變數"),
    Origin.FILE: _l("設定檔"),
    Origin.DEFAULT: _l("程式預設"),
}


def meaning(name: str) -> str:
    """Meaning of a setting, in the page's language."""
    words = MEANINGS[name]
    if isinstance(words, str) and current() == ENGLISH:
        return Settings.model_fields[name].description or ""
    return str(words)


def is_duration(name: str) -> bool:
    """Tell whether a setting is a length of time, typed in seconds."""
    return Settings.model_fields[name].annotation is timedelta


def shown(name: str, settings: Settings) -> str:
    """The value of a setting for readers: times with their unit; a secret is never shown."""
    if name in SECRETS:
        return "••••"
    return in_units(name, as_written(getattr(settings, name)))


def in_units(name: str, written: str) -> str:
    """A value as it was typed, for readers."""
    if not written:
        return _("（空白）")
    if is_duration(name) and written.replace(".", "", 1).isdecimal():
        return length(timedelta(seconds=float(written)), current())
    return written


def edges(name: str) -> tuple[str, str]:
    """The least and the most a setting may be, for readers; empty for none."""
    return _edge(name, "ge"), _edge(name, "le")


def _edge(name: str, mark: str) -> str:
    marks = (getattr(one, mark, None) for one in Settings.model_fields[name].metadata)
    found = next((one for one in marks if one is not None), None)
    return "" if found is None else in_units(name, as_written(found))
