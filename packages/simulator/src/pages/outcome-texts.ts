/** What a page says of a payment that has ended, or waits for a bank, in the languages of the card form. */
import type { Locale } from '@sluice/core/locales'
import type { Payment } from '../books.ts'
import { textsOfLines } from './lines.ts'

const LINES = ['paid', 'declined', 'cancelled', 'expired', 'waiting'] as const

const BY_LOCALE: Readonly<Record<Locale, string>> = {
  ar: `
    تم الدفع.
    لم يتم الدفع.
    أُلغي الدفع.
    لم يُجب أحد في الوقت المحدد، ولم يتم الدفع.
    ما زال الدفع بانتظار المصرف.`,
  'da-DK': `
    Betalingen er gennemført.
    Betalingen blev ikke gennemført.
    Betalingen blev annulleret.
    Ingen svarede i tide, og betalingen blev ikke gennemført.
    Betalingen venter stadig på banken.`,
  'de-DE': `
    Die Zahlung ist erfolgt.
    Die Zahlung ist nicht erfolgt.
    Die Zahlung wurde abgebrochen.
    Niemand hat rechtzeitig geantwortet; die Zahlung ist nicht erfolgt.
    Die Zahlung wartet noch auf die Bank.`,
  el: `
    Η πληρωμή έγινε.
    Η πληρωμή δεν έγινε.
    Η πληρωμή ακυρώθηκε.
    Κανείς δεν απάντησε εγκαίρως και η πληρωμή δεν έγινε.
    Η πληρωμή περιμένει ακόμη την τράπεζα.`,
  'en-GB': `
    The payment is made.
    The payment was not made.
    The payment was cancelled.
    Nobody answered in time, and the payment was not made.
    The payment still waits for the bank.`,
  'es-ES': `
    El pago está hecho.
    El pago no se hizo.
    El pago se canceló.
    Nadie respondió a tiempo y el pago no se hizo.
    El pago todavía espera al banco.`,
  'fi-FI': `
    Maksu on suoritettu.
    Maksua ei suoritettu.
    Maksu peruutettiin.
    Kukaan ei vastannut ajoissa, eikä maksua suoritettu.
    Maksu odottaa yhä pankkia.`,
  'fil-PH': `
    Naisagawa ang bayad.
    Hindi naisagawa ang bayad.
    Kinansela ang bayad.
    Walang sumagot sa takdang oras, at hindi naisagawa ang bayad.
    Hinihintay pa ng bayad ang bangko.`,
  'fr-FR': `
    Le paiement est effectué.
    Le paiement n’a pas été effectué.
    Le paiement a été annulé.
    Personne n’a répondu à temps ; le paiement n’a pas été effectué.
    Le paiement attend encore la banque.`,
  'hi-IN': `
    भुगतान हो गया।
    भुगतान नहीं हुआ।
    भुगतान रद्द कर दिया गया।
    समय पर किसी ने जवाब नहीं दिया, और भुगतान नहीं हुआ।
    भुगतान अब भी बैंक की प्रतीक्षा में है।`,
  'id-ID': `
    Pembayaran telah dilakukan.
    Pembayaran tidak dilakukan.
    Pembayaran dibatalkan.
    Tidak ada yang menjawab tepat waktu, dan pembayaran tidak dilakukan.
    Pembayaran masih menunggu bank.`,
  'it-IT': `
    Il pagamento è stato effettuato.
    Il pagamento non è stato effettuato.
    Il pagamento è stato annullato.
    Nessuno ha risposto in tempo e il pagamento non è stato effettuato.
    Il pagamento è ancora in attesa della banca.`,
  'ja-JP': `
    お支払いは完了しました。
    お支払いは行われませんでした。
    お支払いはキャンセルされました。
    時間内に応答がなかったため、お支払いは行われませんでした。
    お支払いは銀行の処理を待っています。`,
  'ko-KR': `
    결제가 완료되었습니다.
    결제가 이루어지지 않았습니다.
    결제가 취소되었습니다.
    제시간에 응답이 없어 결제가 이루어지지 않았습니다.
    결제가 아직 은행을 기다리고 있습니다.`,
  'ms-MY': `
    Pembayaran telah dibuat.
    Pembayaran tidak dibuat.
    Pembayaran dibatalkan.
    Tiada yang menjawab dalam masa yang ditetapkan, dan pembayaran tidak dibuat.
    Pembayaran masih menunggu bank.`,
  'nb-NO': `
    Betalingen er gjennomført.
    Betalingen ble ikke gjennomført.
    Betalingen ble avbrutt.
    Ingen svarte i tide, og betalingen ble ikke gjennomført.
    Betalingen venter fortsatt på banken.`,
  'nl-NL': `
    De betaling is gedaan.
    De betaling is niet gedaan.
    De betaling is geannuleerd.
    Niemand heeft op tijd geantwoord; de betaling is niet gedaan.
    De betaling wacht nog op de bank.`,
  'pt-PT': `
    O pagamento está feito.
    O pagamento não foi feito.
    O pagamento foi cancelado.
    Ninguém respondeu a tempo e o pagamento não foi feito.
    O pagamento ainda espera pelo banco.`,
  'sv-SE': `
    Betalningen är gjord.
    Betalningen gjordes inte.
    Betalningen avbröts.
    Ingen svarade i tid, och betalningen gjordes inte.
    Betalningen väntar fortfarande på banken.`,
  'th-TH': `
    ชำระเงินแล้ว
    ไม่มีการชำระเงิน
    การชำระเงินถูกยกเลิก
    ไม่มีการตอบภายในเวลาที่กำหนด จึงไม่มีการชำระเงิน
    การชำระเงินยังรอธนาคารอยู่`,
  'vi-VN': `
    Khoản thanh toán đã được thực hiện.
    Khoản thanh toán không được thực hiện.
    Khoản thanh toán đã bị hủy.
    Không có ai trả lời kịp thời và khoản thanh toán không được thực hiện.
    Khoản thanh toán vẫn đang chờ ngân hàng.`,
  'zh-CN': `
    付款已完成。
    付款未完成。
    付款已取消。
    无人按时答复，付款未完成。
    付款仍在等待银行处理。`,
  'zh-HK': `
    付款已完成。
    付款未完成。
    付款已取消。
    無人按時回覆，付款未完成。
    付款仍在等待銀行處理。`,
  'zh-TW': `
    付款已完成。
    付款未完成。
    付款已取消。
    無人按時回覆，付款未完成。
    付款仍在等待銀行處理。`,
}

/** Nobody answered in time: at a method, at a challenge. */
const TOO_LATE: readonly string[] = ['20019', '20152']

/** What became of the payment, in one sentence. */
export function outcomeText({ state, answer }: Pick<Payment, 'state' | 'answer'>, lang: Locale): string {
  const texts = textsOfLines(LINES, BY_LOCALE[lang])
  if (state === 'approved') return texts.paid
  if (state === 'cancelled' || state === 'reversed') return texts.cancelled
  if (state !== 'declined') return texts.waiting
  return 'code' in answer && TOO_LATE.includes(answer.code) ? texts.expired : texts.declined
}
